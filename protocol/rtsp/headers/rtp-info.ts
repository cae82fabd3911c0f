/** What RTP-Info (RFC 2326 section 12.33) says of one track: where its packets begin after PLAY. A hint, often wrong. */
export interface RtpInfo {
  readonly url: string
  /** Sequence number of the first packet. */
  readonly sequence?: number | undefined
  /** RTP timestamp that belongs to the start of the Range. */
  readonly rtpTime?: number | undefined
}

/** The entries in order. A comma within a URL does not end an entry: only one before `url=` does. */
export function parseRtpInfo(value: string): RtpInfo[] {
  return value
    .split(/,(?=\s*url\s*=)/i)
    .map((entry) => {
      const info: { url: string; sequence?: number; rtpTime?: number } = { url: '' }
      for (const parameter of entry.split(';')) {
        // In two steps: a pattern for both would try each place in a run of blanks, in quadratic time.
        const [, name = '', value = ''] = /^(url|seq|rtptime)\s*=(.*)$/is.exec(parameter.trim()) ?? []
        const text = /^"?([^"]*)"?$/.exec(value.trim())?.[1]?.trim() ?? ''
        if (text === '') continue
        if (name.toLowerCase() === 'url') info.url = text
        else if (!/^\d{1,10}$/.test(text)) continue
        else if (name.toLowerCase() === 'seq' && Number(text) <= 0xffff) info.sequence = Number(text)
        else if (name.toLowerCase() === 'rtptime' && Number(text) <= 0xffff_ffff) info.rtpTime = Number(text)
      }
      return info
    })
    .filter((info) => info.url !== '' || info.rtpTime !== undefined)
}

export function formatRtpInfo(entries: readonly RtpInfo[]): string {
  return entries
    .map((info) => {
      const parts = [`url=${info.url}`]
      if (info.sequence !== undefined) parts.push(`seq=${info.sequence}`)
      if (info.rtpTime !== undefined) parts.push(`rtptime=${info.rtpTime}`)
      return parts.join(';')
    })
    .join(',')
}
