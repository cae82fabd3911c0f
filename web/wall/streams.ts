import { resolveStreamAddress } from '../playback/stream/stream-address.ts'

/** A tile of a wall. */
export interface WallStream {
  /** As that of `<rtsp-player>`. */
  readonly src: string
  /** What people call it; the name of the stream by default. */
  readonly title?: string
  /** False where the camera has no smaller stream, so that none is asked for. */
  readonly substream?: boolean
}

/** Tiles of a wall; what is beyond is left out. */
export const MOST_TILES = 144

/** What the property `streams` takes: names with commas or spaces between them, or a list. */
export type WallStreams = string | readonly (string | WallStream)[]

/** Attributes and properties may hold anything: what names no stream is left out. */
export function wallStreams(streams: unknown): WallStream[] {
  const list = typeof streams === 'string' ? streams.split(/[\s,]+/) : Array.isArray(streams) ? streams : []
  return list.flatMap(wallStream).slice(0, MOST_TILES)
}

function wallStream(entry: unknown): WallStream[] {
  if (typeof entry === 'string') return entry.trim() === '' ? [] : [{ src: entry.trim() }]
  if (typeof entry !== 'object' || entry === null || !('src' in entry)) return []
  const { src, title, substream } = entry as Partial<Record<keyof WallStream, unknown>>
  if (typeof src !== 'string' || src.trim() === '') return []
  return [
    {
      src: src.trim(),
      ...(typeof title === 'string' && title !== '' ? { title } : {}),
      ...(substream === false ? { substream } : {}),
    },
  ]
}

/**
 * What a stream may be called where others can read it, such as the address of the page: no password, and no query, which
 * may be one. Empty where the address cannot be read, since nobody knows then where the password in it is.
 */
export function publicName(src: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(src)) return src
  try {
    const { uri } = resolveStreamAddress(src, 'ws://bridge', 'http://bridge')
    return uri.replace(/^[^:]+:\/\//, '').replace(/[?#].*$/s, '')
  } catch {
    return ''
  }
}
