import type { CameraFault } from './camera-fault.ts'

interface Words {
  readonly status: number
  /** For the person who watches: what is wrong, never where. Also the phrase of the status line. */
  readonly sentence: string
}

const words = (status: number, sentence: string): Words => ({ status, sentence })

const WORDS: { readonly [code in CameraFault]: Words } = {
  'camera-password-refused': words(502, 'The camera refuses the password that the bridge has for it'),
  'tls-failed': words(503, 'The bridge gets no secure connection to the camera: it does not trust its certificate'),
  'not-rtsp': words(503, 'What answers at the address of the camera is no camera'),
  'no-playable-track': words(502, 'The camera has nothing that can be watched'),
  redirected: words(502, 'The camera is elsewhere now, where the bridge may not follow it'),
  'connection-refused': words(503, 'The camera refuses the connection of the bridge'),
  'host-not-found': words(503, 'The bridge does not find the camera by its name'),
  'connection-lost': words(503, 'The camera broke the connection to the bridge'),
  'not-enough-bandwidth': words(503, 'The camera serves as many as it can'),
  'connection-timeout': words(504, 'The camera cannot be reached from the bridge'),
  'request-timeout': words(504, 'The camera does not answer'),
  'not-found': words(404, 'The camera does not have this stream'),
  'unsupported-transport': words(461, 'The camera refuses this way to carry its media'),
}

/** What is answered for it, and told by who gets the answer. */
export const describeCameraFault = (code: CameraFault): Words => WORDS[code]
