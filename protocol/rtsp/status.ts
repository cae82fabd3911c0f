/**
 * Status codes of RFC 2326 section 7.1.1 and RFC 7826 section 17: their phrases, and what a client does about each.
 */

/** What a client does. */
export type StatusAction =
  /** The answer is to come: wait. */
  | 'wait'
  | 'go-on'
  /** Ask at the address of the Location field. */
  | 'follow'
  /** Answer the challenge. */
  | 'authenticate'
  /** The session is gone: SETUP and PLAY again. */
  | 'set-up-anew'
  /** Ask again without the Range. */
  | 'without-range'
  /** Ask for each track instead of all at once, or the reverse. */
  | 'other-aggregation'
  /** Ask for another transport. */
  | 'other-transport'
  /** Ask again without the feature that was required. */
  | 'without-feature'
  /** Ask again later, each time later. */
  | 'back-off'
  /** Tell the person, who has to change something. */
  | 'give-up'

interface Status {
  readonly reason: string
  readonly action: StatusAction
  /** For a person; what it means in the words of a player. */
  readonly sentence: string
}

const status = (reason: string, action: StatusAction, sentence: string): Status => ({ reason, action, sentence })

const STATUS: Readonly<Record<number, Status>> = {
  100: status('Continue', 'wait', 'The camera is working on it.'),
  200: status('OK', 'go-on', 'Done.'),
  201: status('Created', 'go-on', 'The recording was created.'),
  250: status('Low on Storage Space', 'go-on', 'The camera records, but its storage is nearly full.'),
  300: status('Multiple Choices', 'follow', 'The stream is to be had at several addresses.'),
  301: status('Moved Permanently', 'follow', 'The stream has a new address.'),
  302: status('Moved Temporarily', 'follow', 'The stream is at another address for now.'),
  303: status('See Other', 'follow', 'The stream is described at another address.'),
  304: status('Not Modified', 'go-on', 'The description has not changed.'),
  305: status('Use Proxy', 'follow', 'The stream is to be had through a proxy only.'),
  400: status('Bad Request', 'give-up', 'The camera does not understand the request.'),
  401: status('Unauthorized', 'authenticate', 'The camera asks for a user name and a password.'),
  402: status('Payment Required', 'give-up', 'The server wants to be paid.'),
  403: status('Forbidden', 'give-up', 'The account may not watch this stream.'),
  404: status('Not Found', 'give-up', 'The camera has no stream of this path.'),
  405: status('Method Not Allowed', 'give-up', 'The camera does not allow this for the stream.'),
  406: status('Not Acceptable', 'give-up', 'The camera has no description that can be read here.'),
  407: status('Proxy Authentication Required', 'authenticate', 'The proxy asks for a user name and a password.'),
  408: status('Request Time-out', 'back-off', 'The camera waited too long for the request.'),
  410: status('Gone', 'give-up', 'The stream is no longer to be had.'),
  411: status('Length Required', 'give-up', 'The camera wants to know the length of the request.'),
  412: status('Precondition Failed', 'give-up', 'The condition of the request does not hold.'),
  413: status('Request Entity Too Large', 'give-up', 'The request is larger than the camera takes.'),
  414: status('Request-URI Too Large', 'give-up', 'The address is longer than the camera takes.'),
  415: status('Unsupported Media Type', 'give-up', 'The camera does not take this kind of description.'),
  451: status('Parameter Not Understood', 'give-up', 'The camera does not know the parameter.'),
  452: status('Conference Not Found', 'give-up', 'The camera does not know the conference.'),
  453: status('Not Enough Bandwidth', 'back-off', 'The camera serves as many viewers as it can.'),
  454: status('Session Not Found', 'set-up-anew', 'The camera forgot the session.'),
  455: status('Method Not Valid in This State', 'set-up-anew', 'The camera is not ready for this now.'),
  456: status('Header Field Not Valid for Resource', 'give-up', 'The camera does not take a field of the request.'),
  457: status('Invalid Range', 'without-range', 'The recording has no such time.'),
  458: status('Parameter Is Read-Only', 'give-up', 'The parameter cannot be changed.'),
  459: status('Aggregate Operation Not Allowed', 'other-aggregation', 'The camera wants to be asked for each track.'),
  460: status('Only Aggregate Operation Allowed', 'other-aggregation', 'The camera plays all tracks or none.'),
  461: status('Unsupported Transport', 'other-transport', 'The camera does not carry the stream this way.'),
  462: status('Destination Unreachable', 'other-transport', 'The camera cannot reach the player.'),
  463: status('Destination Prohibited', 'other-transport', 'The camera may not send to the player.'),
  464: status('Data Transport Not Ready Yet', 'back-off', 'The way for the media is not ready yet.'),
  465: status('Notification Reason Unknown', 'give-up', 'The notification was not understood.'),
  466: status('Key Management Error', 'give-up', 'No key was agreed on.'),
  470: status('Connection Authorization Required', 'give-up', 'The proxy must be told to trust the server.'),
  471: status('Connection Credentials Not Accepted', 'give-up', 'A certificate on the way was not accepted.'),
  472: status('Failure to Establish Secure Connection', 'back-off', 'No secure connection could be made on the way.'),
  500: status('Internal Server Error', 'back-off', 'The camera has a problem of its own.'),
  501: status('Not Implemented', 'give-up', 'The camera cannot do this.'),
  502: status('Bad Gateway', 'back-off', 'The proxy got nonsense from the camera.'),
  503: status('Service Unavailable', 'back-off', 'The camera is overloaded, or not started up yet.'),
  504: status('Gateway Time-out', 'back-off', 'The proxy got no answer from the camera.'),
  505: status('RTSP Version Not Supported', 'give-up', 'The camera speaks another version of RTSP.'),
  551: status('Option Not Supported', 'without-feature', 'The camera lacks a feature that was asked for.'),
  553: status('Proxy Unavailable', 'back-off', 'The proxy cannot be reached.'),
}

/** For codes that no standard names, by the class: RFC 2326 section 7.1.1 wants them taken as x00. */
const CLASSES: Readonly<Record<number, Status>> = {
  1: status('Informational', 'wait', 'The camera is working on it.'),
  2: status('Success', 'go-on', 'Done.'),
  3: status('Redirection', 'follow', 'The stream is at another address.'),
  4: status('Client Error', 'give-up', 'The camera refuses the request.'),
  5: status('Server Error', 'back-off', 'The camera has a problem of its own.'),
}

const UNKNOWN = status('Unknown', 'give-up', 'The camera answered with a code that does not exist.')

const lookUp = (code: number): Status => STATUS[code] ?? CLASSES[Math.floor(code / 100)] ?? UNKNOWN

/** The phrase of the standard. */
export const reasonPhrase = (code: number): string => lookUp(code).reason

/** What a client does about the code. */
export const statusAction = (code: number): StatusAction => lookUp(code).action

/** What the code means, for a person. */
export const statusSentence = (code: number): string => lookUp(code).sentence

/** All codes that RFC 2326 and RFC 7826 name. */
export const RTSP_STATUS_CODES: readonly number[] = Object.keys(STATUS).map(Number)
