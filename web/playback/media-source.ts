type MediaSourceConstructor = typeof MediaSource

interface Available {
  readonly type: MediaSourceConstructor
  readonly managed: boolean
}

/** Safari on iPhones has ManagedMediaSource alone (Media Source Extensions 2, section 10). */
function available(): Available | null {
  const scope = globalThis as { MediaSource?: MediaSourceConstructor; ManagedMediaSource?: MediaSourceConstructor }
  if (scope.MediaSource) return { type: scope.MediaSource, managed: false }
  return scope.ManagedMediaSource ? { type: scope.ManagedMediaSource, managed: true } : null
}

export const hasMediaSource = (): boolean => available() !== null

export const isTypeSupported = (mimeType: string): boolean => available()?.type.isTypeSupported(mimeType) ?? false

/**
 * Gives the element a new MediaSource.
 *
 * @param opened called when SourceBuffers can be added
 */
export function attachMediaSource(video: HTMLVideoElement, opened: (mediaSource: MediaSource) => void): MediaSource {
  const source = available()
  if (!source) throw new TypeError('This browser has no Media Source Extensions')
  const mediaSource = new source.type()
  const url = URL.createObjectURL(mediaSource)
  const open = () => {
    URL.revokeObjectURL(url)
    opened(mediaSource)
  }
  // Once: appending after the end of a recording opens it again.
  mediaSource.addEventListener('sourceopen', open, { once: true })
  // Without this a ManagedMediaSource never opens unless there is an alternative for AirPlay.
  if (source.managed) video.disableRemotePlayback = true
  video.src = url
  return mediaSource
}
