import { ProtocolError } from '../../protocol/errors.ts'
import type { ShownFrame } from '../playback/shown-frames.ts'
import { pictureSize } from '../playback/still-picture.ts'

/** For so long a browser may have nothing to draw of a picture that it shows, in milliseconds; how often it is asked. */
const PATIENCE_MS = 2_000
const AGAIN_MS = 20

export interface CaptureOptions {
  /** Default `image/png`. */
  readonly type?: 'image/png' | 'image/jpeg' | undefined
  /** Of `image/jpeg`, from 0 to 1. */
  readonly quality?: number | undefined
  /** An `ImageBitmap` in place of a file. */
  readonly bitmap?: boolean | undefined
}

/** The picture that was on the screen. */
export interface CapturedFrame {
  /** Pixels of the stream, wherever it is shown and however large. */
  readonly width: number
  readonly height: number
  /** When it was captured by the clock of the camera; undefined where the camera does not tell. */
  readonly wallClock: Date | undefined
  /** Its place in the stream: seconds as of `currentTime`. */
  readonly mediaTime: number
}

export interface CapturedFile extends CapturedFrame {
  readonly blob: Blob
}

export interface CapturedBitmap extends CapturedFrame {
  /** To be closed by its receiver. */
  readonly bitmap: ImageBitmap
}

/**
 * Copies the picture, at once, in full size.
 *
 * @param shown what is known of the picture on the screen beside its pixels, at the moment
 * @throws ProtocolError `no-picture`
 */
export async function captureFrame(
  picture: HTMLVideoElement | HTMLCanvasElement,
  shown: () => ShownFrame | undefined,
  { type = 'image/png', quality, bitmap = false }: CaptureOptions = {},
): Promise<CapturedFile | CapturedBitmap> {
  const { width, height } = pictureSize(picture)
  if (width === 0 || height === 0) throw new ProtocolError('no-picture', 'There is no picture yet')
  // Drawn before anything is awaited: the next picture may come at any time.
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  const end = performance.now() + PATIENCE_MS
  context?.drawImage(picture, 0, 0, width, height)
  // WebKit may show a picture before it hands it out; what is drawn is empty then.
  while (context?.getImageData(0, 0, 1, 1).data[3] === 0) {
    if (performance.now() > end) throw new ProtocolError('no-picture', 'The browser does not hand out the picture')
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    context.drawImage(picture, 0, 0, width, height)
  }
  const { capture, mediaTime = 0 } = shown() ?? {}
  const wallClock = capture === undefined ? undefined : new Date(capture)
  const known = { width, height, wallClock, mediaTime }
  if (bitmap) return { ...known, bitmap: await createImageBitmap(canvas) }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality))
  if (!blob) throw new ProtocolError('no-picture', `The browser could not write the picture as ${type}`)
  return { ...known, blob }
}
