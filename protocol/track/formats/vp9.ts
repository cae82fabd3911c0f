import { Vp9Depacketizer } from '../../depacketizer/vp9.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 9628 section 6. Its parameters (profile-id, max-fr, max-fs) bound what a receiver can take; the stream tells itself. */
export const vp9: PayloadFormat = (format) => ({ format, createDepacketizer: () => new Vp9Depacketizer() })
