import { decodeHex } from '../../bytes/base64.ts'
import { Mp4vEsDepacketizer } from '../../depacketizer/mp4v-es.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 6416 section 7.1. No browser plays it; it is read so that a page can say so, and a file can hold it. */
export const mp4vEs: PayloadFormat = (format) => {
  const text = format.parameters.get('config')?.replace(/\s/g, '') ?? ''
  const config = text === '' ? null : decodeHex(text)
  const level = format.parameters.get('profile-level-id') ?? ''
  const profileAndLevel = /^0*[1-9]\d{0,2}$/.test(level) && Number(level) <= 0xff ? Number(level) : undefined
  return { format, createDepacketizer: () => new Mp4vEsDepacketizer({ config, profileAndLevel }) }
}
