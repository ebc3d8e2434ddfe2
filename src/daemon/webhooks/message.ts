import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

/** What is put into one CloudEvent. */
export interface EventToSend {
  /** Stays the same however often it is sent: receivers know a repetition by it. */
  readonly id: string;
  /** URI reference of this installation. */
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339, UTC: when it happened. */
  readonly time: string;
  /** Orders events of one subject, as text. */
  readonly sequence?: string;
  readonly data: unknown;
}

/** A request as it goes out. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A CloudEvent in structured mode (CloudEvents 1.0, HTTP binding 3.2) with the headers of Standard
 * Webhooks 1.0: id, time of this attempt and one signature for each secret, newest first.
 */
export function signedRequest(
  event: EventToSend,
  secrets: readonly string[],
  at: Date,
): SignedRequest {
  const { headers, body } = HTTP.structured(
    new CloudEvent({ datacontenttype: 'application/json', ...event }),
  );
  const text = String(body);
  const signatures = secrets.map((secret) => new Webhook(secret).sign(event.id, at, text));
  return {
    headers: {
      'content-type': String(headers['content-type']),
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
    body: text,
  };
}
