import { describe, expect, it } from 'vitest'
import { formatTransport, parseTransport } from '../../../../protocol/rtsp/headers/transport.ts'

describe('a Transport header', () => {
  it.each([
    [
      'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0A13C760;mode="PLAY"',
      {
        protocol: 'RTP/AVP/TCP',
        delivery: 'unicast',
        interleaved: { rtp: 0, rtcp: 1 },
        ssrc: 0x0a13c760,
        mode: 'PLAY',
      },
    ],
    [
      'RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257;source=10.0.0.2',
      {
        protocol: 'RTP/AVP',
        delivery: 'unicast',
        clientPort: { rtp: 4588, rtcp: 4589 },
        serverPort: { rtp: 6256, rtcp: 6257 },
        source: '10.0.0.2',
      },
    ],
    [
      'RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001;ttl=16',
      {
        protocol: 'RTP/AVP',
        delivery: 'multicast',
        destination: '239.1.2.3',
        port: { rtp: 5000, rtcp: 5001 },
        ttl: 16,
      },
    ],
  ])('is read and written: %s', (text, spec) => {
    expect(parseTransport(text)).toEqual([spec])
    expect(parseTransport(formatTransport(spec as never))).toEqual([spec])
  })

  it('may offer several ways', () => {
    expect(
      parseTransport('RTP/AVP/TCP;interleaved=0-1, RTP/AVP;unicast;client_port=1-2').map((spec) => spec.protocol),
    ).toEqual(['RTP/AVP/TCP', 'RTP/AVP'])
  })

  it('tolerates blanks, lower case, an odd ssrc and a single channel', () => {
    expect(parseTransport('rtp/avp/tcp; Unicast ; interleaved = 2 ; ssrc= 1a2b ')).toEqual([
      { protocol: 'RTP/AVP/TCP', delivery: 'unicast', interleaved: { rtp: 2 }, ssrc: 0x1a2b },
    ])
  })

  it('leaves out what cannot be read instead of refusing the rest', () => {
    expect(parseTransport('RTP/AVP/TCP;interleaved=300-301;ssrc=none;unicast')).toEqual([
      { protocol: 'RTP/AVP/TCP', delivery: 'unicast' },
    ])
    expect(parseTransport('')).toEqual([])
  })
})
