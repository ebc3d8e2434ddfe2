/**
 * Every bound in the program: unit last before `Max` or `Min`, and why it is what it is.
 * A bound that is not here does not exist.
 */
export const LIMITS = {
  /** The largest real descriptor seen is 200 kB; more is a wrong file given by mistake. */
  descriptorBytesMax: 4_194_304,
  /** A clone of every public app holds a few thousand; more is a wrong folder given by mistake. */
  descriptorFilesMax: 10_000,
  /** An invocation may hold a pasted list of ids; more belongs in a file input. */
  invocationBytesMax: 16_777_216,
  /** No real descriptor nests deeper than 12; a bomb nests thousands deep. */
  jsonDepthMax: 200,
  /** Keys of one object of a request: no app has so many inputs, and each that is not known is looked for among those that are. */
  jsonKeysMax: 2_000,
  /** Values of one request: ten thousand items of a batch with fifty each. */
  jsonValuesMax: 500_000,
  /** Linux refuses one argument of 128 KiB or more (MAX_ARG_STRLEN, 131072 with its NUL). */
  argumentBytesMax: 131_071,
  /**
   * Linux takes a quarter of the stack limit, 2 MiB of the usual 8, for all arguments and variables
   * together (execve(2)); 64 KiB of it are left for the image's own variables and ENTRYPOINT.
   */
  argumentsBytesMax: 2_031_616,
  /** Node's timers are signed 32-bit; one for longer fires at once. */
  timerMsMax: 2_147_483_647,
  /** A century: a mistyped limit beyond it would overflow dates and Slurm's minutes. */
  durationMsMax: 36_525 * 86_400_000,
  /** Enough of the end of stderr to see a Python traceback. */
  stderrTailBytesMax: 8_192,
  /** What the engine's own copy of a log may grow to; never rotated below it, or bytes would be lost. */
  engineLogBytesMax: 107_374_182_400,
  /** How long an app may take to end after SIGTERM, as `docker stop` gives. */
  stopGraceMs: 10_000,
  /** No app seen needs more processes; a fork bomb needs far more. */
  containerPidsMax: 2_048,
  /** An app that writes more files than this has lost its way, or wants a folder output. */
  outputFilesMax: 100_000,
  /** Below this a file is read at once to be hashed: a stream costs more than the reading. */
  fileReadAtOnceBytesMax: 1_048_576,
  /** Outputs hashed and put in place side by side: enough to hide the disk's waiting. */
  outputsAtOnceMax: 8,
  /** POSIX NAME_MAX: a longer name cannot be a file. */
  fileNameBytesMax: 255,
  /** A line longer than this is not a status line; keeps the progress reader's memory flat. */
  progressLineBytesMax: 65_536,
  /** A progress bar is drawn for a screen; none is wider than this. */
  progressBarCharsMax: 1_000,
  /** What an app says it is doing is shown in one line of a terminal. */
  progressMessageCharsMax: 500,
  /** Enough of an output's end to hold its last line, as wide as any terminal. */
  lastLineBytesMax: 4_096,
  /** Progress is written down at most this often: a record is for people, not for frames. */
  progressEventMs: 1_000,
  /** Conditions of real descriptors nest two levels; a thousand would exhaust the stack. */
  conditionDepthMax: 50,
  /** An output that a descriptor's test compares as text is read whole; a longer one is compared by its hash. */
  testTextBytesMax: 67_108_864,
  /** A configuration file is written by hand. */
  configurationBytesMax: 1_048_576,
  /** As often as an eye follows; more only costs. */
  displayRedrawMs: 100,
  /** A log that says nothing for longer makes people think that the run hangs. */
  displayHeartbeatMs: 30_000,
  /** How often it is asked what a run waits for that somebody follows, or a batch of which nothing runs: reasons last longer, and many may ask. */
  whyPollMs: 5_000,
  /** Before it is asked for the first time: most runs have begun by then, and nobody has begun to wonder. */
  whyFirstMs: 1_000,
  /** Progress in a log without a terminal: a line for each so many percent. */
  displayPercentStep: 10,
  /** A line of an app that is shown while it runs; a longer one is shown in pieces. */
  displayLineCharsMax: 65_536,
  /** How often a running process looks whether another one asked it to stop. */
  stopRequestPollMs: 500,
  /** How often a follower looks for new log bytes. */
  logFollowPollMs: 200,
  /** How long another program may hold the database before we give up. */
  storeBusyMs: 10_000,
  /** How often a process that runs apps tries to become known as alive: each failure is another's short look. */
  ownerLockAttemptsMax: 5,
  /** What a search looks through, for each run: enough for its parameters, small enough to scan 100 000 of. */
  runSearchTextCharsMax: 500,
  /** Run ids shown when a given one is ambiguous or unknown: more is not read. */
  runIdsNearMax: 5,
  /** Newest runs among which a mistyped id is looked for. */
  runIdsComparedMax: 1_000,
  /** Small chunks of output are gathered up to this before they are written: one system call, not hundreds. */
  logBatchBytesMax: 65_536,
  /** Log bytes read at once: large enough that system calls do not count, small enough to hold many. */
  logReadBytesMax: 262_144,
  /** How often Podman's log of a running app is looked at: it shows at once, and costs nothing that counts. */
  podmanLogPollMs: 50,
  /** How long an engine may take to say who it is before we call it absent; a machine with ten times more work than processors takes seconds. */
  enginePingMs: 20_000,
  /** How long an engine that cannot be reached is asked what was asked of it: a daemon's restart. */
  engineLostMs: 60_000,
  /** How long it may be away while an app runs before the run counts as lost: an upgrade of its package, which takes it away for minutes. */
  engineAwayMs: 900_000,
  /** A server that has done nothing for so long gives memory back: it is not soon to do more. */
  idleCollectMs: 10_000,
  /** How long it is away before that is told: a restart takes seconds. */
  engineAwayToldMs: 5_000,
  /** How often the connection to the engine may break in one run: a restart every night for a month, not a request that breaks it each time. */
  engineLossesMax: 50,
  /** An engine that is told to stop gives its containers ten seconds, five more to what hangs, and only then hangs up. */
  engineStopMs: 20_000,
  /** After an app was killed, by nobody that we know: how long its engine may take to go, if it was that. */
  engineGoingMs: 5_000,
  /** Between two attempts to reach an engine that went away. */
  engineRetryMs: 500,
  /** How long Podman may take to learn that a container's process has ended: a moment, more where the machine is busy. */
  podmanEndMs: 10_000,
  /** How often a program of this machine is looked at for new output and its end: two short reads. */
  jobPollMs: 100,
  /** Apptainer hands its configuration, arguments and variables among it, to itself in 1048448 bytes; mounts need some. */
  apptainerWordsBytesMax: 1_000_000,
  /** Between two looks whether killed processes are gone; most are by the first. */
  jobKillPollMs: 20,
  /** How long a supervisor may take to write down the end of a killed program; else it is killed too. */
  jobWindUpMs: 5_000,
  /** A killed process is gone in milliseconds; one that is not hangs in the kernel. */
  engineKillMs: 30_000,
  /** A shorter run is over before the engine has a first sample of its memory. */
  usageAfterMs: 2_000,
  /** Size of /dev/shm where no memory limit gives one: taken only as used, counted as the app's memory. */
  containerSharedMemoryBytes: 2_147_483_648,
  /** A credential helper that asks a person for a password would hang a headless run. */
  credentialHelperMs: 20_000,
  /** Similar image names worth showing when one is not found. */
  similarImagesMax: 3,
  /** Real indexes lead to manifests at once; one more step is allowed for tools that wrap them. */
  imageIndexDepthMax: 4,
  /** Registries refuse manifests above 4 MiB; a configuration with a long history is smaller too. */
  imageManifestBytesMax: 8_388_608,
  /** Apptainer makes room for 48 parts in a .sif; a number of millions is a damaged file. */
  sifDescriptorsMax: 4_096,
  /** A registry sends blobs from a store elsewhere, and that perhaps from another. */
  registryRedirectsMax: 5,
  /** A registry that says nothing for this long in the midst of an answer has gone away. */
  registrySilenceMs: 60_000,
  /** Blobs fetched side by side, as Docker does. */
  registryBlobsAtOnceMax: 3,
  /** How often one blob's broken connection is taken up again. */
  registryAttemptsMax: 5,
  /** The wait before, times the attempt: a registry that was restarted answers after a few seconds. */
  registryRetryMs: 1_000,
  /** Layers are read from archives in pieces of this size: few system calls, little memory. */
  imageReadBytesMax: 1_048_576,
  /** A run has its image before it has written down that it has: one used so lately is not pruned. */
  imageJustUsedMs: 600_000,
  /** Enough of the end of a build to see the command that failed. */
  buildTailLinesMax: 20,
  /** Attempts of one run, whatever its options say: memory that doubles meets any machine's end before. */
  attemptsMax: 20,
  /** Further attempts on a cluster, where machines fail and jobs are preempted as a matter of course. */
  retriesOnSlurmMax: 2,
  /** Before the first further attempt, doubled for each: a scheduler needs some time to notice a bad node. */
  retryBackoffMs: 5_000,
  /** A node that is drained or a registry that is restarted is back, or known to be gone, by then. */
  retryBackoffMsMax: 300_000,
  /** How far a pull is, is written down this often: for whoever asks why a run waits, not for a bar. */
  pullEventMs: 10_000,
  /** How often the cluster's shared folder is looked at for an end or new output: an end is told within a second. */
  slurmLookMs: 250,
  /** Between two looks across a network: each is a program started on somebody's login node. */
  slurmRemoteLookMs: 1_000,
  /** One question to the cluster's host waits this long for news at most; proxies cut what is silent longer. */
  slurmAwaitMsMax: 25_000,
  /** No two questions to a cluster's scheduler come faster: administrators block those who do. */
  slurmQueryMsMin: 1_000,
  /** The first question about a new job where it crosses a network: a short run is over before it. */
  slurmRemoteQueryMs: 5_000,
  /** While something changes. */
  slurmQueryMs: 2_000,
  /** When nothing has changed for long; ends are seen in the shared folder, not by asking. */
  slurmQueryMsMax: 15_000,
  /** Between two counts of the jobs before ours: that answer lists everybody's. */
  slurmAheadMs: 30_000,
  /** Files whose checksum is remembered while they are what they were: images, and the inputs of some batches. */
  slurmContentsMax: 10_000,
  /** A file that a process of the job still held, or wrote a moment ago, keeps its folder for an instant. */
  slurmRemovalsMax: 8,
  /** Inputs of a study come again for weeks; a work folder on a scratch disk is not for ever. */
  slurmCopyDaysMax: 30,
  /** Runs whose files go to a cluster at one time: each keeps a disk and the connection busy. */
  slurmStagingAtOnceMax: 8,
  /** What a cluster enforces, and what earlier processes left there, changes slowly; runs begin by the hundred. */
  slurmInfoMsMax: 60_000,
  /** A scheduler under load answers late; after this it is asked again. */
  slurmCommandMs: 60_000,
  /** A job that the scheduler calls ended may take this long to show its exit file on a slow disk. */
  slurmExitFileMs: 10_000,
  /** As long as the scheduler may be deaf (a restart, a failover) before we say without its word how a job ended. */
  slurmWordMs: 300_000,
  /** A job that nobody knows any more is lost only after this: a scheduler's restart takes a minute. */
  slurmLostMs: 120_000,
  /** And only after so many answers that agree: one empty listing is a hiccup. */
  slurmLostAnswersMin: 6,
  /** Output that an exit file counts may be this late on a shared disk. */
  slurmOutputLateMs: 30_000,
  /** Exit files, owners and ids are some lines. */
  slurmSmallFileBytesMax: 65_536,
  /** A path on a node that does not answer for so long lies on a disk that is lost. */
  slurmNodeLookMs: 60_000,
  /** After this a kill that the script does not answer is put to the scheduler itself. */
  slurmKillMs: 8_000,
  /** How long a connection to a cluster's host may take to be made. */
  slurmConnectMs: 20_000,
  /** A connection that nobody uses is closed after this; the next command of a person's finds it open. */
  slurmConnectionIdleMs: 60_000,
  /** One answer of a cluster's host: the output of all that is read at once, and a long queue. */
  slurmAnswerBytesMax: 268_435_456,
  /** A killed job is gone by then, also where its node hangs (UnkillableStepTimeout) or the scheduler restarts. */
  slurmGoneMs: 300_000,
  /** One question may take a minute before its connection breaks; so many are tried whatever that took. */
  slurmTriesMin: 4,
  /** Between two attempts to reach a cluster's host. */
  slurmRetryMs: 1_000,
  /** The pauses grow up to this: a login node that is away is not to be hammered. */
  slurmRetryMsMax: 30_000,
  /** The size of an array that every cluster takes unless it says another (MaxArraySize). */
  slurmArrayTasksMax: 1_000,
  /** Items of one batch: more are several, each of which can be looked through. */
  batchItemsMax: 10_000,
  /** A table of that many items with long paths. */
  batchFileBytesMax: 67_108_864,
  /** Faults of items that are shown; the JSON has them all. */
  batchFaultsShownMax: 30,
  /** Faults of items after which no further item is checked: whoever has so many has one cause, and each costs time that all share. */
  batchFaultsMax: 1_000,
  /** Faults of one value that are told, a list's items together. */
  valueFaultsToldMax: 50,
  /** Names that are no input's, told one by one: what may be meant is looked for among all inputs, for each. */
  unknownInputsToldMax: 20,
  /** Runs of a batch at one time where the engine hands them to a scheduler: each holds files and timers of ours. */
  batchAtOnceOnClusterMax: 200,
  /** Runs that become ready within this are started with one request: staging many takes about as long. */
  arrayGatherMs: 500,
  /** What schedulers allow in one array by default (Slurm's MaxArraySize is 1001). */
  arrayTasksMax: 1_000,
  /** How often a server removes what it does not keep: a full disk is not filled in less. */
  sweepEveryMs: 3_600_000,
  /** Whether a server can work is looked at anew after this: probes come every few seconds, from several places. */
  healthKeepMs: 5_000,
  /** A probe gives up after some seconds itself, and then knows nothing. */
  healthAnswerMs: 4_000,
  /** With less than this on the disk a server takes nothing new: logs of what runs need room. */
  diskFreeBytesMin: 268_435_456,
  /** All pages of a database at once; SQLite's own bound is a little above. */
  backupPagesMax: 2_147_483_647,
  /** Deliveries of webhooks in one page. */
  webhookDeliveriesPageMax: 1_000,
  /** A receiver that has not answered by then hangs; its event is sent again. */
  webhookTimeoutMs: 15_000,
  /** Attempts before a delivery is given up: with the pauses below, about two days, a weekend without staff. */
  webhookAttemptsMax: 16,
  /** Before the second attempt; tripled for each further one: a receiver that restarts is back at once. */
  webhookBackoffMs: 5_000,
  /** A receiver that is down for days is asked a few times a day. */
  webhookBackoffMsMax: 21_600_000,
  /** Requests to one receiver at one time: many are a burden to it, one is slow behind a slow link. */
  webhookAtOncePerEndpointMax: 4,
  /** Requests to all receivers at one time: each holds a socket. */
  webhookAtOnceMax: 64,
  /** How long a server that stops its runs goes on telling of them: a receiver that answers takes no longer. */
  webhookDrainMs: 10_000,
  /** Between two looks whether all have been told. */
  webhookDrainLookMs: 50,
  /** How often the outbox is looked at for what another process wrote; our own is told at once. */
  webhookPollMs: 1_000,
  /** A secret that was replaced still signs for this long: receivers are changed one after the other. */
  webhookOldSecretMs: 86_400_000,
  /** What was delivered can be looked at for this long. */
  webhookDeliveredKeepMs: 604_800_000,
  /** No address on the web in use is longer. */
  webhookUrlCharsMax: 2_048,
  /** Standard Webhooks wants secrets of 24 to 64 bytes. */
  webhookSecretBytesMin: 24,
  /** See above. */
  webhookSecretBytesMax: 64,
  /** What a receiver may answer in its head; the rest of its answer is not read. */
  webhookAnswerHeaderBytesMax: 16_384,
  /** States, apps or users one webhook is limited to. */
  webhookFilterItemsMax: 100,
  /** Apps in one page. */
  appsPageMax: 1_000,
  /** Rows in one page of `runs`. */
  runsPageMax: 1_000,
  /** A submission holds a descriptor and an invocation; slides are uploaded, not sent in it. */
  requestBytesMax: 20_971_520,
  /** A body of more values is told its first fault alone: each of them could have one, and 20 MB hold millions. */
  requestValuesMax: 10_000,
  /** Faults of one request that are told: nobody reads more. */
  requestFaultsMax: 1_000,
  /** What a problem says in words: a value of 20 MB is not to be sent back within a sentence. */
  problemDetailCharsMax: 16_384,
  /** A path of an output in a URL, percent-encoded: PATH_MAX times three. */
  urlPartCharsMax: 12_288,
  /** Events of all runs that a reader is given at once: enough not to count, few enough to hold. */
  eventsReadMax: 200,
  /** Beginnings of runs that are kept parsed: of more runs than a machine has at once, and few enough not to count. */
  createdFactsKeptMax: 64,
  /** A longer one is parsed each time: 64 of these are 4 MiB. */
  createdFactsKeptCharsMax: 65_536,
  /** Rows in one page of a batch's items. */
  batchItemsPageMax: 1_000,
  /** A proxy cuts what is silent for a minute. */
  sseHeartbeatMs: 15_000,
  /** How often a follower looks after a run that another process executes. */
  foreignRunPollMs: 1_000,
  /** Between two tries to settle a run that could not be written down: a full disk is not emptied at once. */
  settleAgainMs: 5_000,
  /** How long a server that stops lets requests go on: those that take longer are streams and uploads, taken up again. */
  requestsEndMs: 3_000,
  /** How long a server that is told to stop, and has apps running, waits to be told again. */
  secondSignalMs: 5_000,
  /** How long a start waits for a server that was told to stop: what is above, and its webhooks. */
  serverStopMs: 30_000,
  /** Between two looks whether it has ended. */
  serverLockRetryMs: 200,
  /** How often a server looks for runs whose process died, and containers of nobody: a run of the command line may have been killed, or an engine have made only now what it was asked for before a crash. */
  recoverAgainMs: 60_000,
  /** How often `top` looks: often enough to see progress, seldom enough for a server that many look at. */
  topLookMs: 1_000,
  /** Files of one folder that is sent: each is an upload of its own, and all are named in one request. */
  uploadFolderFilesMax: 10_000,
  /** Of a file below such a folder: room for what lies before it in a path, of which PATH_MAX allows 4096. */
  uploadPathBytesMax: 2_048,
  /** A file is sent in pieces of this: what a broken connection costs, and what is held in memory. */
  uploadPieceBytes: 8_388_608,
  /** How long a shell that completes a word waits for a server: longer, and its prompt seems to hang. */
  completionMs: 1_000,
  /** Items whose outputs are fetched at a time: a few fill a line, and each holds a file. */
  itemsFetchedAtOnceMax: 4,
  /** How often a request is tried when the server is away: some seconds, as a person waits. */
  clientAttemptsMax: 4,
  /** The first pause before a server that is away is tried again; each further is twice as long. */
  clientRetryMs: 300,
  /** And no longer than this: who follows a run wants to go on when the server is back. */
  clientRetryMsMax: 10_000,
  /** How long a follower of a run waits for a server that is away: an upgrade, a machine that starts anew. */
  clientPatienceMs: 600_000,
  /** A server says something every 15 s; one that is silent for so long is gone, whatever TCP believes. */
  clientSilenceMs: 60_000,
  /** A message of a stream may hold a descriptor, and JSON's escapes make six characters of one. */
  streamMessageCharsMax: 33_554_432,
  /** What was used counts half after this when a server's queue shares: a morning does not pay for last week. */
  fairShareHalfLifeMs: 3_600_000,
  /** A queue that waits for a time looks at the clock at least this often: clocks are set. */
  queueLookMsMax: 60_000,
  /** Images brought ahead side by side: each takes the line from the others. */
  imagesAheadAtOnceMax: 2,
  /** Images remembered as being here; those that were not used lately are forgotten beyond it. */
  imagesKnownMax: 1_000,
  /** An engine that answered this lately need not be asked before the next run begins. */
  engineFreshMs: 1_000,
  /** The pauses between two questions to an engine that is away grow up to this: it is soon seen to be back. */
  engineAwayMsMax: 10_000,
  /** When a token was used last is written this often: a use is not to cost a write. */
  tokenUsedMs: 60_000,
  /** Two years, as rules about access logs commonly ask at most; then entries are forgotten. */
  auditKeptMs: 63_072_000_000,
  /** Of what one entry of the audit log was done to; a path that is longer tells no more. */
  auditTargetCharsMax: 1_000,
  /** Entries of the audit log in one page. */
  auditPageMax: 1_000,
  /** A private key is 4 kB, a service account's file some more; Linux takes no argument of 128 KiB. */
  secretBytesMax: 65_536,
  /** Line and headers of a request come in one packet; who takes longer only holds a connection. */
  requestHeadMs: 30_000,
  /** A body that stands still for this long has lost its sender; an upload is gone on with anew. */
  requestSilenceMs: 60_000,
  /** How often a server looks for requests that take too long. */
  requestLookMs: 5_000,
  /** A connection without a request is closed after this: later than proxies do, which keep them a minute. */
  connectionIdleMs: 72_000,
  /** How long a connection is kept that is refused: else the answer may not arrive. */
  connectionRefusedMs: 1_000,
  /** Connections beyond the bound that are told so at one time: as many as a second's rush brings. */
  connectionsBeyondMax: 200,
  /** When one that was refused may come again: by then some requests have ended. */
  connectionRetryMs: 5_000,
  /** That connections are refused is logged once within this: a flood is not to fill the disk. */
  connectionsToldMs: 60_000,
  /** How long all of a request may take to come: a part of an upload over a slow line. */
  requestMs: 3_600_000,
  /** Between two looks for what has expired. */
  sweepMs: 3_600_000,
  /** Wrong tokens from one address in a minute: more is no typing mistake. */
  authenticationFailuresMax: 20,
  /** Streams that one caller follows at a time: a page with a hundred runs, in some windows. */
  streamsMax: 4_000,
  /** Clocks of machines that keep time by the network differ by less. */
  clockSkewMs: 30_000,
  /** Between two looks for new keys of an issuer, however often a token names one that is not known. */
  issuerCooldownMs: 30_000,
  /** An issuer that takes longer would hold up every request. */
  issuerAnswerMs: 5_000,
  /** A set of keys has some kilobytes. */
  issuerBytesMax: 262_144,
  /** POSIX PATH_MAX less its NUL. */
  pathBytesMax: 4_095,
  /** Of a file that a client names: room below the file system's bound for what is put before and behind. */
  givenNameBytesMax: 200,
  /** Of what a file was called at its sender's, as it is recorded: no file system has longer names, and it is read by people. */
  originNameCharsMax: 255,
  /** What browsers and proxies take; signed URLs of object stores have about 1 500. */
  urlCharsMax: 8_192,
  /** A share leads to an object store, and that perhaps to a region of it. */
  urlRedirectsMax: 5,
  /** Who says nothing for this long in the midst of an answer has gone away. */
  urlSilenceMs: 60_000,
  /** One file: a whole slide of 10 GB over a slow line. */
  urlFetchMs: 7_200_000,
  /** A fetch that broke off is gone on with so often in a row without a further byte: with the pauses a minute, a server's restart. */
  urlResumesMax: 6,
  /** Before it is gone on with; twice as long after each time that brought nothing. */
  urlResumePauseMs: 1_000,
  /** A file that breaks off and is another one each time is not worth its bytes. */
  urlBeginningsMax: 3,
  /** Header lines of an answer to us. */
  urlHeaderBytesMax: 16_384,
  /** Files fetched side by side for waiting runs: enough to fill a line though some hosts are slow. */
  urlFetchesAtOnceMax: 6,
  /** Of those, for one submitter: who asks for thousands leaves places to the others. */
  urlFetchesOfOneMax: 3,
  /** After so many more bytes a fetch is written down against its submitter's quota; less would be a write a packet. */
  urlNotedBytes: 16_777_216,
} as const;
