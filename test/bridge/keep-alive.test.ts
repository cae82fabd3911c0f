import { afterEach, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import type { RtspRequest } from '../../protocol/rtsp/message.ts'
import { RtspViewer } from '../support/rtsp-viewer.ts'
import { sdp } from '../support/scripted-camera.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../support/scripted-rtsp-listener.ts'

let camera: ScriptedRtspListener
let bridge: Bridge
afterEach(async () => {
  await bridge.close()
  await camera.close()
})

it.each(['hub', 'proxy'] as const)('a session of the %s is kept alive as the configuration says', async (mode) => {
  camera = await startScriptedRtspListener(() => ({ method }: RtspRequest) => {
    if (method === 'OPTIONS') return { headers: { Public: 'OPTIONS, GET_PARAMETER, SET_PARAMETER' } }
    return method === 'DESCRIBE' ? { body: sdp() } : { headers: { Session: '1;timeout=600' } }
  })
  const url = `rtsp://127.0.0.1:${camera.port}/live`
  const keepAlive = { method: 'SET_PARAMETER', intervalSeconds: 0.05 } as const
  bridge = await createBridge({ streams: { lobby: { url, mode, transport: 'tcp', keepAlive } } })
  const viewer = await RtspViewer.open(bridge, 'lobby')
  await viewer.play()
  const signs = () => camera.connections.flatMap(({ requests }) => requests).filter(isSign)
  await expect.poll(() => signs().length).toBeGreaterThan(2)
  expect(signs()[0]?.headers.get('Session')).toBe('1')
})

const isSign = ({ method }: RtspRequest): boolean => method === 'SET_PARAMETER'
