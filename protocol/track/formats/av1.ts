import { Av1Depacketizer } from '../../depacketizer/av1.ts'
import type { PayloadFormat } from './payload-format.ts'

/**
 * "RTP Payload Format For AV1" section 7. Its parameters (profile, level-idx, tier) only restate what the sequence header
 * in band says.
 */
export const av1: PayloadFormat = (format) => ({ format, createDepacketizer: () => new Av1Depacketizer() })
