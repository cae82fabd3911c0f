/** The methods of RFC 2326 section 10, and PLAY_NOTIFY of RFC 7826. */
export const RTSP_METHODS = [
  'OPTIONS',
  'DESCRIBE',
  'ANNOUNCE',
  'SETUP',
  'PLAY',
  'PAUSE',
  'TEARDOWN',
  'GET_PARAMETER',
  'SET_PARAMETER',
  'REDIRECT',
  'RECORD',
  'PLAY_NOTIFY',
] as const

export type RtspMethod = (typeof RTSP_METHODS)[number]

/** Header fields in the order they came. Names compare without regard to case (RFC 2326 section 4.2, by RFC 2616). */
export class RtspHeaders {
  readonly #fields: [name: string, value: string][] = []

  constructor(fields: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of fields) this.append(name, value)
  }

  /** The value of the first field of that name. */
  get(name: string): string | undefined {
    const key = name.toLowerCase()
    return this.#fields.find((field) => field[0].toLowerCase() === key)?.[1]
  }

  /** The values of all fields of that name, in order. */
  getAll(name: string): string[] {
    const key = name.toLowerCase()
    return this.#fields.filter((field) => field[0].toLowerCase() === key).map((field) => field[1])
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  append(name: string, value: string): this {
    this.#fields.push([name, value])
    return this
  }

  /** Replaces all fields of that name by one. */
  set(name: string, value: string): this {
    return this.delete(name).append(name, value)
  }

  delete(name: string): this {
    const key = name.toLowerCase()
    for (let i = this.#fields.length - 1; i >= 0; i--) {
      if (this.#fields[i]?.[0].toLowerCase() === key) this.#fields.splice(i, 1)
    }
    return this
  }

  get size(): number {
    return this.#fields.length
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#fields[Symbol.iterator]()
  }
}

export interface RtspRequest {
  readonly kind: 'request'
  /** As sent; mostly one of `RTSP_METHODS`, but a peer may send any token. */
  readonly method: string
  readonly uri: string
  readonly version: string
  readonly headers: RtspHeaders
  /** Empty where there is none. */
  readonly body: Uint8Array
}

export interface RtspResponse {
  readonly kind: 'response'
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly headers: RtspHeaders
  /** Empty where there is none. */
  readonly body: Uint8Array
}

export type RtspMessage = RtspRequest | RtspResponse
