/** A VideoDecoder that decodes when it is told to, and writes down what it is told. */
export class FakeVideoDecoder {
  static all: FakeVideoDecoder[] = []
  static get last(): FakeVideoDecoder {
    const last = FakeVideoDecoder.all.at(-1)
    if (!last) throw new Error('There is no decoder')
    return last
  }

  readonly #init: VideoDecoderInit
  readonly codecs: string[] = []
  chunks: { type: string; timestamp: number }[] = []
  state = 'unconfigured'
  ondequeue: (() => void) | null = null

  constructor(init: VideoDecoderInit) {
    this.#init = init
    FakeVideoDecoder.all.push(this)
  }

  get decodeQueueSize(): number {
    return this.chunks.length
  }

  configure({ codec }: VideoDecoderConfig): void {
    this.codecs.push(codec)
    this.state = 'configured'
  }

  decode(chunk: { type: string; timestamp: number }): void {
    this.chunks.push(chunk)
  }

  async flush(): Promise<void> {
    // Nothing is held back.
  }

  close(): void {
    this.state = 'closed'
  }

  /** Gives out the pictures of the next chunks. */
  give(count = 1): void {
    for (const { timestamp } of this.chunks.splice(0, count)) {
      const frame = new FakeVideoFrame(timestamp)
      this.#init.output(frame as unknown as VideoFrame)
    }
    this.ondequeue?.()
  }

  fail(): void {
    this.state = 'closed'
    this.#init.error(new DOMException('broken', 'EncodingError'))
  }
}

export class FakeVideoFrame {
  static open = 0
  readonly visibleRect = { width: 640, height: 360 }
  readonly timestamp: number

  constructor(timestamp: number) {
    this.timestamp = timestamp
    FakeVideoFrame.open += 1
  }

  close(): void {
    FakeVideoFrame.open -= 1
  }
}

export class FakeChunk {
  readonly type: string
  readonly timestamp: number

  constructor({ type, timestamp }: { type: string; timestamp: number }) {
    this.type = type
    this.timestamp = timestamp
  }
}
