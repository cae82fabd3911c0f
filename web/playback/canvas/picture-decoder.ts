import type { ProtocolError } from '../../../protocol/errors.ts'
import type { VideoConfiguration } from '../../../protocol/index.ts'

/** What a decoder takes: an access unit. */
export interface CodedPicture {
  /** Good during the call only. */
  readonly data: Uint8Array
  /** Presentation time, in seconds. */
  readonly start: number
  readonly randomAccess: boolean
}

/** What it gives; whoever takes it closes it. */
export interface DecodedPicture {
  readonly image: VideoFrame | ImageBitmap
  /** Presentation time, in seconds. */
  readonly mediaTime: number
  /** Size in pixels, as coded and cropped. */
  readonly width: number
  readonly height: number
  close(): void
}

export interface PictureDecoder {
  /** It takes another picture without falling behind. */
  readonly hasRoom: boolean
  /** Pictures that wait in it for being decoded. */
  readonly queued: number
  /** What follows is of these parameters; the next picture is a random access point. */
  configure(configuration: VideoConfiguration): void
  decode(picture: CodedPicture): void
  /** Nothing is told after it. */
  close(): void
}

export interface PictureDecoderEvents {
  decoded(picture: DecodedPicture): void
  /** There is room again. */
  room(): void
  /** It is of no use any more; told once. */
  failed(error: ProtocolError): void
}
