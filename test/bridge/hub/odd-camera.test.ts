import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../../bridge/index.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { forgetSequences, picture, sdp, sound } from '../../support/scripted-camera.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import type { Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'

let camera: ScriptedRtspListener
let bridge: Bridge
let player: BridgePlayer | undefined
const timers = new Set<ReturnType<typeof setInterval>>()

afterEach(async () => {
  for (const timer of timers) clearInterval(timer)
  await player?.pipeline.close()
  player = undefined
  await bridge.close()
  await camera.close()
})

/** A picture and a frame of sound twenty times a second. */
function sendTo(connection: ScriptedRtspServer): void {
  let at = 0
  timers.add(
    setInterval(() => {
      at++
      picture(connection, at * 4_500)
      connection.sendFrame(2, sound(at * 2_400))
    }, 50),
  )
}

async function watch(script: (connection: ScriptedRtspServer) => Script): Promise<BridgePlayer> {
  forgetSequences()
  camera = await startScriptedRtspListener((connection) => {
    const answer = script(connection)
    return (request, index) => {
      if (request.method === 'PLAY') sendTo(connection)
      return answer(request, index)
    }
  })
  bridge = await createBridge({
    streams: { lobby: { url: `rtsp://127.0.0.1:${camera.port}/live`, mode: 'hub' } },
    log: () => undefined,
  })
  player = await BridgePlayer.open(bridge, 'lobby')
  return player
}

/** Answers as most do. */
const usual =
  (body: string): Script =>
  ({ method, headers }) => {
    if (method === 'DESCRIBE') return { body }
    return { headers: { Session: '1', Transport: headers.get('Transport') ?? '' } }
  }

const kinds = (watching: BridgePlayer) => new Set(watching.segments.map(({ kind }) => kind)).size

describe('a camera in the hub that deviates', () => {
  it('is shown with its sound where it takes a second SETUP only after another DESCRIBE', async () => {
    const watching = await watch(() => {
      let described = 0
      let setUp = 0
      return (request, index) => {
        if (request.method === 'DESCRIBE') described++
        if (request.method === 'SETUP' && ++setUp > described) {
          setUp--
          return { status: 455 }
        }
        return usual(sdp())(request, index)
      }
    })
    await watching.until(() => kinds(watching) === 2)
    expect(camera.connections[0]?.methods.filter((method) => method !== 'OPTIONS')).toEqual([
      'DESCRIBE',
      'SETUP',
      'SETUP',
      'DESCRIBE',
      'SETUP',
      'PLAY',
    ])
  })

  it('is heard by every viewer where it refuses its picture, and each is told', async () => {
    const refuses: Script = (request, index) => {
      if (request.method !== 'SETUP') return usual(sdp())(request, index)
      if (request.uri.endsWith('0')) return { status: 500 }
      return { headers: { Session: '1', Transport: 'RTP/AVP/TCP;interleaved=2-3' } }
    }
    const watching = await watch(() => refuses)
    await watching.until(() => kinds(watching) === 1)
    const late = await BridgePlayer.open(bridge, 'lobby')
    await late.until(() => kinds(late) === 1)
    for (const { pipeline, segments, warnings } of [watching, late]) {
      expect(pipeline.statistics().tracks.map(({ kind }) => kind)).toEqual(['audio'])
      expect(segments[0]?.kind).toBe('audio')
      expect(warnings).toEqual([expect.stringContaining('The picture is left out. ')])
    }
    await late.pipeline.close()
    expect(camera.connections).toHaveLength(1)
  })

  it('is shown where it states the directions from its own point of view', async () => {
    const turned = sdp().replaceAll(/(a=control:trackID=)/g, 'a=sendonly\r\n$1')
    const watching = await watch(() => usual(turned))
    await watching.until(() => kinds(watching) === 2)
  })
})
