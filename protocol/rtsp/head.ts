import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { RtspHeaders, type RtspRequest, type RtspResponse } from './message.ts'

export interface RtspHead {
  readonly message: Omit<RtspRequest, 'body'> | Omit<RtspResponse, 'body'>
  /** Bytes of the body that follows; null where none was announced. */
  readonly contentLength: number | null
}

const decoder = new TextDecoder()

/**
 * Reads a whole head: start line, header fields and the empty line (RFC 2326 section 4.2, 6.1, 7.1).
 * Lines may end with LF alone, or with two CR before it; a line that begins with a blank continues the one before; a
 * line without a colon is passed over. Of a status line the case, the minor version and the blank behind the code do not matter.
 *
 * @param position byte of the connection where the head begins, for errors.
 * @throws ProtocolError `rtsp-syntax`, `rtsp-head-too-large`
 */
export function parseHead(bytes: Uint8Array, position: number): RtspHead {
  const lines = decoder.decode(bytes).split('\n')
  const headers = parseHeaders(lines.slice(1), position)
  return { message: parseStartLine(lines[0] ?? '', headers, position), contentLength: contentLength(headers) }
}

function parseStartLine(line: string, headers: RtspHeaders, position: number): RtspHead['message'] {
  // Patterns in which no two repetitions can share a run of blanks: those would take quadratic time.
  const response = /^RTSP\/(\d+(?:\.\d+)?)\s+(\d{3})(?!\d)(.*)$/is.exec(line.trimEnd())
  if (response) {
    return {
      kind: 'response',
      version: response[1] ?? '',
      status: Number(response[2]),
      reason: (response[3] ?? '').trim(),
      headers,
    }
  }
  const request = /^([A-Z_]+)\s(.*)\sRTSP\/(\d+\.\d+)$/s.exec(line.trimEnd())
  const uri = request?.[2]?.trim()
  if (request && uri) return { kind: 'request', method: request[1] ?? '', uri, version: request[3] ?? '', headers }
  throw new ProtocolError('rtsp-syntax', `The start line of an RTSP message cannot be read (byte ${position})`, {
    place: { byte: position },
  })
}

function parseHeaders(lines: readonly string[], position: number): RtspHeaders {
  const fields: [string, string][] = []
  for (const line of lines) {
    const last = fields.at(-1)
    if (last && /^[ \t]/.test(line)) {
      last[1] = `${last[1]} ${line.trim()}`.trim()
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim()
    if (name === '') continue
    fields.push([name, line.slice(colon + 1).trim()])
    if (fields.length > LIMITS.rtspHeaders) {
      throw new ProtocolError('rtsp-head-too-large', `An RTSP head has more than ${LIMITS.rtspHeaders} fields`, {
        place: { byte: position },
      })
    }
  }
  return new RtspHeaders(fields)
}

function contentLength(headers: RtspHeaders): number | null {
  const value = headers.get('Content-Length')
  if (value === undefined || value === '') return null
  // Quotes, signs, units and repetitions stand round it; where no length can be made out, none was announced.
  const digits = /^["+]?(\d{1,15})(?![\dx])/i.exec(value)?.[1]
  return digits === undefined ? null : Number(digits)
}
