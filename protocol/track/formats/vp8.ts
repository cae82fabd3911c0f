import { Vp8Depacketizer } from '../../depacketizer/vp8.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 7741 section 6. Its parameters (max-fr, max-fs) bound what a receiver can take; the stream tells itself. */
export const vp8: PayloadFormat = (format) => ({ format, createDepacketizer: () => new Vp8Depacketizer() })
