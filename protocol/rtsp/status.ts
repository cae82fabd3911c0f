/** Status codes of RFC 2326 section 7.1.1 and RFC 7826 section 17: their phrases, and what they mean for a person. */

interface Status {
  readonly reason: string
  /** For a person; what it means in the words of a player. */
  readonly sentence: string
}

const status = (reason: string, sentence: string): Status => ({ reason, sentence })

const STATUS: Readonly<Record<number, Status>> = {
  100: status('Continue', 'The camera is working on it.'),
  200: status('OK', 'Done.'),
  201: status('Created', 'The recording was created.'),
  250: status('Low on Storage Space', 'The camera records, but its storage is nearly full.'),
  300: status('Multiple Choices', 'The stream is to be had at several addresses.'),
  301: status('Moved Permanently', 'The stream has a new address.'),
  302: status('Moved Temporarily', 'The stream is at another address for now.'),
  303: status('See Other', 'The stream is described at another address.'),
  304: status('Not Modified', 'The description has not changed.'),
  305: status('Use Proxy', 'The stream is to be had through a proxy only.'),
  400: status('Bad Request', 'The camera does not understand the request.'),
  401: status('Unauthorized', 'The camera asks for a user name and a password.'),
  402: status('Payment Required', 'The server wants to be paid.'),
  403: status('Forbidden', 'The account may not watch this stream.'),
  404: status('Not Found', 'The camera has no stream of this path.'),
  405: status('Method Not Allowed', 'The camera does not allow this for the stream.'),
  406: status('Not Acceptable', 'The camera has no description that can be read here.'),
  407: status('Proxy Authentication Required', 'The proxy asks for a user name and a password.'),
  408: status('Request Time-out', 'The camera waited too long for the request.'),
  410: status('Gone', 'The stream is no longer to be had.'),
  411: status('Length Required', 'The camera wants to know the length of the request.'),
  412: status('Precondition Failed', 'The condition of the request does not hold.'),
  413: status('Request Entity Too Large', 'The request is larger than the camera takes.'),
  414: status('Request-URI Too Large', 'The address is longer than the camera takes.'),
  415: status('Unsupported Media Type', 'The camera does not take this kind of description.'),
  451: status('Parameter Not Understood', 'The camera does not know the parameter.'),
  452: status('Conference Not Found', 'The camera does not know the conference.'),
  453: status('Not Enough Bandwidth', 'The camera serves as many viewers as it can.'),
  454: status('Session Not Found', 'The camera forgot the session.'),
  455: status('Method Not Valid in This State', 'The camera is not ready for this now.'),
  456: status('Header Field Not Valid for Resource', 'The camera does not take a field of the request.'),
  457: status('Invalid Range', 'The recording has no such time.'),
  458: status('Parameter Is Read-Only', 'The parameter cannot be changed.'),
  459: status('Aggregate Operation Not Allowed', 'The camera wants to be asked for each track.'),
  460: status('Only Aggregate Operation Allowed', 'The camera plays all tracks or none.'),
  461: status('Unsupported Transport', 'The camera does not carry the stream this way.'),
  462: status('Destination Unreachable', 'The camera cannot reach the player.'),
  463: status('Destination Prohibited', 'The camera may not send to the player.'),
  464: status('Data Transport Not Ready Yet', 'The way for the media is not ready yet.'),
  465: status('Notification Reason Unknown', 'The notification was not understood.'),
  466: status('Key Management Error', 'No key was agreed on.'),
  470: status('Connection Authorization Required', 'The proxy must be told to trust the server.'),
  471: status('Connection Credentials Not Accepted', 'A certificate on the way was not accepted.'),
  472: status('Failure to Establish Secure Connection', 'No secure connection could be made on the way.'),
  500: status('Internal Server Error', 'The camera has a problem of its own.'),
  501: status('Not Implemented', 'The camera cannot do this.'),
  502: status('Bad Gateway', 'The proxy got nonsense from the camera.'),
  503: status('Service Unavailable', 'The camera is overloaded, or not started up yet.'),
  504: status('Gateway Time-out', 'The proxy got no answer from the camera.'),
  505: status('RTSP Version Not Supported', 'The camera speaks another version of RTSP.'),
  551: status('Option Not Supported', 'The camera lacks a feature that was asked for.'),
  553: status('Proxy Unavailable', 'The proxy cannot be reached.'),
}

/** For codes that no standard names, by the class: RFC 2326 section 7.1.1 wants them taken as x00. */
const CLASSES: Readonly<Record<number, Status>> = {
  1: status('Informational', 'The camera is working on it.'),
  2: status('Success', 'Done.'),
  3: status('Redirection', 'The stream is at another address.'),
  4: status('Client Error', 'The camera refuses the request.'),
  5: status('Server Error', 'The camera has a problem of its own.'),
}

const UNKNOWN = status('Unknown', 'The camera answered with a code that does not exist.')

const lookUp = (code: number): Status => STATUS[code] ?? CLASSES[Math.floor(code / 100)] ?? UNKNOWN

/** The phrase of the standard. */
export const reasonPhrase = (code: number): string => lookUp(code).reason

/** What the code means, for a person. */
export const statusSentence = (code: number): string => lookUp(code).sentence

/** All codes that RFC 2326 and RFC 7826 name. */
export const RTSP_STATUS_CODES: readonly number[] = Object.keys(STATUS).map(Number)
