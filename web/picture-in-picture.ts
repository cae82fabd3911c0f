/** As much of the player as this needs. */
export interface PicturedPlayer extends EventTarget {
  readonly picture: HTMLVideoElement | HTMLCanvasElement
  readonly readyState: number
  readonly videoWidth: number
  readonly videoHeight: number
  readonly renderRoot: HTMLElement | DocumentFragment
  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number
  cancelVideoFrameCallback(handle: number): void
  play(): Promise<void>
  pause(): void
}

/** How long the window may take to have a first picture to open with: a click is good for about as long. */
const FIRST_PICTURE_MS = 4_000

/**
 * Browsers take video elements alone into that window: pictures that are on a canvas are drawn to a canvas of ours, whose
 * stream a video element plays. The player's own canvas may have been given to a worker, and then has no stream.
 *
 * @throws DOMException as `requestPictureInPicture` of a video element
 */
export async function canvasInPicture(player: PicturedPlayer): Promise<PictureInPictureWindow> {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (player.readyState < HTMLMediaElement.HAVE_METADATA || !context || !canvas.captureStream) {
    throw new DOMException('There is no picture for a picture-in-picture window', 'InvalidStateError')
  }
  let request = 0
  const draw = (): void => {
    const { picture, videoWidth, videoHeight } = player
    if (canvas.width !== videoWidth) canvas.width = videoWidth
    if (canvas.height !== videoHeight) canvas.height = videoHeight
    context.drawImage(picture, 0, 0, videoWidth, videoHeight)
    request = player.requestVideoFrameCallback(draw)
  }
  draw()
  const stream = canvas.captureStream()
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = stream
  const end = (): void => {
    player.cancelVideoFrameCallback(request)
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
    video.remove()
  }
  try {
    // In the document, so that `pictureInPictureElement` of the shadow is found from the player.
    player.renderRoot.append(video)
    video.hidden = true
    await firstPicture(video)
    const window = await video.requestPictureInPicture()
    // The buttons of the window are for the camera, and its end is the player's.
    video.addEventListener('pause', () => player.pause())
    video.addEventListener('play', () => player.play().catch(() => undefined))
    video.addEventListener('leavepictureinpicture', () => {
      end()
      player.dispatchEvent(new Event('leavepictureinpicture'))
    })
    player.dispatchEvent(new Event('enterpictureinpicture'))
    return window
  } catch (cause) {
    end()
    throw cause
  }
}

/** @throws DOMException `InvalidStateError` where none comes */
async function firstPicture(video: HTMLVideoElement): Promise<void> {
  const shown = new Promise<void>((resolve, reject) => {
    video.addEventListener('loadeddata', () => resolve(), { once: true })
    setTimeout(
      () => reject(new DOMException('No picture came for the picture-in-picture window', 'InvalidStateError')),
      FIRST_PICTURE_MS,
    )
  })
  await Promise.all([video.play(), shown])
}
