/**
 * What a Cytomine server fills in itself, by name and not by `set-by-server`: the name in upper
 * case, without underscores, is looked up here (sheet 1.4).
 */
const SERVER_NAMES: Readonly<Record<string, string>> = {
  HOST: 'cytomine_host',
  CYTOMINEHOST: 'cytomine_host',
  PUBLICKEY: 'cytomine_public_key',
  CYTOMINEPUBLICKEY: 'cytomine_public_key',
  PRIVATEKEY: 'cytomine_private_key',
  CYTOMINEPRIVATEKEY: 'cytomine_private_key',
  IDSOFTWARE: 'cytomine_id_software',
  CYTOMINEIDSOFTWARE: 'cytomine_id_software',
  IDPROJECT: 'cytomine_id_project',
  CYTOMINEIDPROJECT: 'cytomine_id_project',
};

/** The five values a Cytomine server gives to every app. */
export const SERVER_VALUES = [
  'cytomine_host',
  'cytomine_public_key',
  'cytomine_private_key',
  'cytomine_id_project',
  'cytomine_id_software',
] as const;

/** Which of the five values the server would put into an input of this id, if any. */
export const serverValueOf = (id: string): string | undefined => {
  const name = id.toUpperCase().replaceAll('_', '');
  return Object.hasOwn(SERVER_NAMES, name) ? SERVER_NAMES[name] : undefined;
};
