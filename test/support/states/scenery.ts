import { createServer } from 'node:net'
import { SignJWT } from 'jose'
import { type Bridge, createBridge } from '../../../bridge/index.ts'
import { startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { Cable } from '../cable.ts'
import { freePort } from '../free-port.ts'
import { CAMERA_SECRETS, startGuardedCamera } from '../guarded-camera.ts'
import { startKeyframeCamera } from '../keyframe-camera.ts'
import { startMpeg4Camera } from '../mpeg4-camera.ts'
import { startWebsite } from '../website.ts'

const TICKET_SECRET = 'a secret of at least thirty-two bytes'

/** A bridge and cameras, and everything that can be wrong with them. */
export interface Scenery {
  readonly bridge: Bridge
  /** Shows nothing without a ticket. */
  readonly guarded: Bridge
  /** A web server where the bridge should be. */
  readonly website: string
  /** Of the streams `yard` and `gate`. */
  readonly yard: Cable
  readonly gate: Cable
  /** @param seconds that it is good for */
  ticket(stream: string, seconds: number): Promise<string>
  /** What no viewer may ever see. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

/** @param pageDirectory the built page */
export async function buildScenery(pageDirectory: string): Promise<Scenery> {
  const camera = await startCamera()
  const [old, blind, waiting, locked, website] = await Promise.all([
    startMpeg4Camera(),
    startMpeg4Camera(true),
    startKeyframeCamera('predicted'),
    // Whatever password it is shown, it wants another.
    startGuardedCamera(() => ({ status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } })),
    startWebsite(pageDirectory),
  ])
  const [yard, gate] = [new Cable(camera.port), new Cable(camera.port)]
  const shared = (url: string) => ({ url, mode: 'hub' }) as const
  const through = async (cable: Cable) => shared(camera.url.replace(/:\d+/, `:${await cable.listen()}`))
  const silence = createServer((socket) => socket.on('error', () => socket.destroy()))
  await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve))
  const address = silence.address()
  const silentPort = typeof address === 'object' && address ? address.port : 0
  const lobby = shared(camera.url)
  const bridge = await createBridge({
    pageDirectory,
    streams: {
      lobby,
      recording: { url: camera.recordingUrl, mode: 'proxy' },
      yard: await through(yard),
      gate: await through(gate),
      silent: shared(`rtsp://127.0.0.1:${silentPort}/live`),
      gone: shared(`rtsp://127.0.0.1:${await freePort()}/live`),
      waiting: shared(waiting.url),
      mpeg4: shared(`rtsp://127.0.0.1:${old.port}/live`),
      sound: shared(`rtsp://127.0.0.1:${blind.port}/live`),
      locked: { ...locked.stream, mode: 'hub' },
    },
  })
  const guarded = await createBridge({
    pageDirectory,
    auth: { tickets: { keys: [{ secret: TICKET_SECRET }] } },
    streams: { lobby },
  })
  return {
    bridge,
    guarded,
    website: website.url,
    yard,
    gate,
    secrets: [TICKET_SECRET, ...Object.values(CAMERA_SECRETS), `:${camera.port}`, `:${locked.port}`],
    ticket: (stream, seconds) =>
      new SignJWT({ streams: [stream] })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(new TextEncoder().encode(TICKET_SECRET)),
    close: async () => {
      for (const one of [yard, gate, silence, website]) one.close()
      await Promise.all([bridge.close(), guarded.close()])
      await Promise.all([camera.close(), old.close(), blind.close(), waiting.close(), locked.close()])
    },
  }
}
