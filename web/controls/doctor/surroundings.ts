import type { Surroundings } from './report.ts'
import { VERSION } from './version.ts'

/**
 * The page and the browser that a report is made in.
 *
 * @param violations what the page's policy has refused
 * @param bridge whether it was reached
 */
export function surroundings(violations: readonly string[], bridge: string | undefined): Surroundings {
  return {
    bridge,
    version: VERSION,
    pageUrl: location.href,
    userAgent: navigator.userAgent,
    isSecure: isSecureContext,
    isOnline: navigator.onLine,
    abilities: {
      'Media Source Extensions': 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis,
      'Media Source in workers': 'MediaSourceHandle' in globalThis,
      WebCodecs: 'VideoDecoder' in globalThis,
      'H.264 in Media Source': isTypeSupported('video/mp4; codecs="avc1.64001F"'),
      'H.265 in Media Source': isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"'),
      'AV1 in Media Source': isTypeSupported('video/mp4; codecs="av01.0.04M.08"'),
    },
    violations,
    now: Date.now(),
  }
}

const isTypeSupported = (mimeType: string): boolean =>
  'MediaSource' in globalThis && MediaSource.isTypeSupported(mimeType)
