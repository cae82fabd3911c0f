/**
 * What the camera offers, in the order in which it is told. Without the code behind it, so that a command line can list
 * it at once.
 */
export const MOUNTS = [
  { path: '/lobby', shows: 'live: H.264 and AAC' },
  { path: '/recording', shows: 'the same as a recording, to seek in' },
  { path: '/h265', shows: 'live: H.265 and AAC' },
  { path: '/av1', shows: 'live: AV1 and Opus' },
  { path: '/mjpeg', shows: 'live: Motion JPEG, without sound' },
  { path: '/opus', shows: 'live: H.264 and Opus' },
  { path: '/pcmu', shows: 'live: H.264 and G.711 (µ-law)' },
  { path: '/pcma', shows: 'live: H.264 and G.711 (A-law)' },
] as const

export type MountPath = (typeof MOUNTS)[number]['path']
