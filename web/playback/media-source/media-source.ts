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
 * A MediaSource can be made and fed in a worker, and its element be in the page. To be asked in the page: Chromium and
 * some of WebKit.
 */
export const worksInWorkers = (): boolean =>
  (available()?.type as Partial<typeof MediaSource> | undefined)?.canConstructInDedicatedWorker === true

/** @param opened called when SourceBuffers can be added: after it was given to an element */
export function createMediaSource(opened: (mediaSource: MediaSource) => void): MediaSource {
  const source = available()
  if (!source) throw new TypeError('This browser has no Media Source Extensions')
  const mediaSource = new source.type()
  // Once: appending after the end of a recording opens it again.
  mediaSource.addEventListener('sourceopen', () => opened(mediaSource), { once: true })
  return mediaSource
}

/** Gives the element a MediaSource of this thread. */
export function attach(video: HTMLVideoElement, mediaSource: MediaSource): void {
  const url = URL.createObjectURL(mediaSource)
  mediaSource.addEventListener('sourceopen', () => URL.revokeObjectURL(url), { once: true })
  allow(video)
  // It would come first.
  if (video.srcObject) video.srcObject = null
  video.src = url
}

/** Gives the element a MediaSource of a worker. */
export function attachHandle(video: HTMLVideoElement, handle: MediaSourceHandle): void {
  allow(video)
  // It is one of the providers by Media Source Extensions 2 section 15; the types of DOM do not have it yet.
  video.srcObject = handle as unknown as MediaProvider
}

/** Takes the element its source, of whichever kind. */
export function detach(video: HTMLVideoElement): void {
  if (video.srcObject) video.srcObject = null
  video.removeAttribute('src')
  video.load()
}

/** Gives the element a new MediaSource of this thread. */
export function attachMediaSource(video: HTMLVideoElement, opened: (mediaSource: MediaSource) => void): MediaSource {
  const mediaSource = createMediaSource(opened)
  attach(video, mediaSource)
  return mediaSource
}

/** Without this a ManagedMediaSource never opens unless there is an alternative for AirPlay. */
function allow(video: HTMLVideoElement): void {
  if (available()?.managed) video.disableRemotePlayback = true
}
