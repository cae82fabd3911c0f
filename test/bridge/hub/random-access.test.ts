import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../../bridge/index.ts'
import { startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { RTP_HEADER_BYTES } from '../../../protocol/rtp/packet.ts'
import type { RtspRequest } from '../../../protocol/rtsp/message.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import { forgetSequences, rtp } from '../../support/scripted-camera.ts'
import { startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'

const closing: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

async function bridgeTo(url: string): Promise<Bridge> {
  const bridge = await createBridge({ streams: { lobby: { url, mode: 'hub', transport: 'tcp' } } })
  closing.push(bridge)
  return bridge
}

/** A picture of one packet that begins like this and has so many bytes. */
const pictureOf = (begin: readonly number[], length: number): Uint8Array => {
  const payload = new Uint8Array(length).fill(0xff)
  payload.set(begin)
  return payload
}

/** By encoding: how packets of keyframes and of other pictures begin. */
const CODECS = {
  H264: { key: [0x65, 0x88], other: [0x41, 0x9a] },
  H265: { key: [19 << 1, 1], other: [1 << 1, 1] },
  AV1: { key: [0x18, 0x0a], other: [0x10, 0x30] },
  VP8: { key: [0x10, 0x50, 0, 0, 0x9d, 0x01, 0x2a], other: [0x10, 0x51] },
  VP9: { key: [0x0c, 0x82], other: [0x4c, 0x86] },
  'MP4V-ES': { key: [0, 0, 1, 0xb6, 0x10], other: [0, 0, 1, 0xb6, 0x50] },
} as const

describe('a viewer who comes later', () => {
  it.each(Object.entries(CODECS))('begins with the newest keyframe of %s', async (encoding, { key, other }) => {
    forgetSequences()
    const sdp = `v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 ${encoding}/90000\r\na=control:track1\r\n`
    const camera = await startScriptedRtspListener(() => ({ method }: RtspRequest) => {
      return method === 'DESCRIBE' ? { body: sdp } : { headers: { Session: '1' } }
    })
    closing.push(camera)
    const bridge = await bridgeTo(`rtsp://127.0.0.1:${camera.port}/live`)
    const first = await RtspViewer.open(bridge, 'lobby')
    await first.play()
    // Each picture can be told by its length.
    const pictures = [
      [other, 50],
      [key, 51],
      [other, 52],
      [key, 53],
      [other, 54],
      [other, 55],
    ] as const
    for (const [index, [begin, length]] of pictures.entries()) {
      camera.connections[0]?.sendFrame(0, rtp(pictureOf(begin, length), 3600 * index))
    }
    const lengths = (viewer: RtspViewer) => viewer.frames.map(({ length }) => length - RTP_HEADER_BYTES)
    await first.until(() => first.frames.length >= 6 || undefined)
    expect(lengths(first)).toEqual([50, 51, 52, 53, 54, 55])
    const second = await RtspViewer.open(bridge, 'lobby')
    await second.play()
    await second.until(() => second.frames.length >= 3 || undefined)
    expect(lengths(second)).toEqual([53, 54, 55])
  })

  it.each(['lobby', 'h265', 'av1', 'mjpeg'])(
    'of the camera’s /%s sees whole pictures from the first on',
    async (path) => {
      const camera = await startCamera()
      closing.push(camera)
      const bridge = await bridgeTo(new URL(`/${path}`, camera.url).href)
      const watch = async () => {
        const player = await BridgePlayer.open(bridge, 'lobby')
        closing.push(player.pipeline)
        return player
      }
      const first = await watch()
      // In the middle of a group of pictures, where there are such.
      await first.until(({ pictures }) => pictures.length >= 8 && (path === 'mjpeg' || !pictures.at(-1)?.randomAccess))
      const second = await watch()
      await second.until(({ pictures }) => pictures.length >= 5)
      expect(second.pictures[0]?.randomAccess).toBe(true)
      expect(second.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, malformed: 0, dropped: 0 })
    },
  )
})
