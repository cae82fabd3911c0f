import { mpeg4VisualName } from '../../protocol/codec/mpeg4-visual.ts'

/** Profile and level in words; null where the codec has none, or the name is not known. */
export interface ProfileName {
  readonly profile: string | null
  readonly level: string | null
}

/** ITU-T H.265 annex A.3. */
const H265_PROFILES: Readonly<Record<string, string>> = {
  1: 'Main',
  2: 'Main 10',
  3: 'Main Still Picture',
  4: 'Range Extensions',
  5: 'High Throughput',
  6: 'Multiview Main',
  7: 'Scalable Main',
  9: 'Screen Content Coding',
}
/** AV1 Bitstream & Decoding Process Specification annex A.2. */
const AV1_PROFILES = ['Main', 'High', 'Professional']

const UNKNOWN: ProfileName = { profile: null, level: null }

/** What a codec string of RFC 6381 says of profile and level, but for H.264 and AAC, which are read from their records. */
export function profileName(codecString: string): ProfileName {
  const [family, ...parts] = codecString.split('.')
  switch (family) {
    case 'hvc1': {
      const [profile = '', , level = ''] = parts
      const tier = level.startsWith('H') ? ', high tier' : ''
      // ISO/IEC 14496-15 annex E: thirty times the number of the level.
      const number = Number(level.slice(1)) / 30
      return {
        profile: H265_PROFILES[profile.replace(/^[A-C]/, '')] ?? `profile ${profile}`,
        level: Number.isFinite(number) && number > 0 ? `${number.toFixed(1)}${tier}` : null,
      }
    }
    case 'av01': {
      const [profile = '', level = ''] = parts
      const index = Number.parseInt(level, 10)
      const tier = level.endsWith('H') ? ', high tier' : ''
      return {
        profile: AV1_PROFILES[Number(profile)] ?? `profile ${profile}`,
        // Annex A.3: seq_level_idx counts four levels for each number from 2 on.
        level: Number.isNaN(index) || index > 30 ? null : `${2 + (index >> 2)}.${index & 3}${tier}`,
      }
    }
    case 'vp08':
      return UNKNOWN
    case 'vp09': {
      const [profile = '', level = ''] = parts
      return { profile: `Profile ${Number(profile)}`, level: (Number(level) / 10).toFixed(1) }
    }
    case 'mp4v':
      return { profile: mpeg4VisualName(codecString), level: null }
    default:
      return UNKNOWN
  }
}
