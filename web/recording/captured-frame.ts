import { ProtocolError } from '../../protocol/errors.ts'
import { pictureSize } from '../playback/still-picture.ts'

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

/** What is known of a picture beside its pixels. */
export interface FrameFacts {
  readonly capture?: number | undefined
  readonly mediaTime: number
}

/**
 * Copies the picture, at once, in full size.
 *
 * @throws ProtocolError `no-picture`
 */
export async function captureFrame(
  picture: HTMLVideoElement | HTMLCanvasElement,
  facts: FrameFacts,
  { type = 'image/png', quality, bitmap = false }: CaptureOptions = {},
): Promise<CapturedFile | CapturedBitmap> {
  const { width, height } = pictureSize(picture)
  if (width === 0 || height === 0) throw new ProtocolError('no-picture', 'There is no picture yet')
  // Drawn before anything is awaited: the next picture may come at any time.
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
  const wallClock = facts.capture === undefined ? undefined : new Date(facts.capture)
  const known = { width, height, wallClock, mediaTime: facts.mediaTime }
  if (bitmap) return { ...known, bitmap: await createImageBitmap(canvas) }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality))
  if (!blob) throw new ProtocolError('no-picture', `The browser could not write the picture as ${type}`)
  return { ...known, blob }
}
