import { SignJWT } from 'jose'
import { type Bridge, createBridge } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { builtPage } from '../../support/browser.ts'
import { Cable } from '../../support/cable.ts'
import { type EnginePages, serveEnginePages } from '../../support/engines/engine-pages.ts'
import { freePort } from '../../support/free-port.ts'
import { type GstServer, startGstServer } from '../../support/gst-server.ts'

const SECRET = 'a secret of at least thirty-two bytes'

/** Streams of both servers, a bridge for everybody and one that wants tickets. */
export interface FeatureStage {
  readonly bridge: Bridge
  readonly guarded: Bridge
  readonly pages: EnginePages
  /** To the camera, of the stream `cable`. */
  readonly cable: Cable
  /** For the guarded bridge. @param seconds that it is good for */
  ticket(seconds: number): Promise<string>
  close(): Promise<void>
}

export const setFeatureStage = async (): Promise<FeatureStage> => {
  const pageDirectory = await builtPage()
  const [camera, gstreamer, pages] = await Promise.all([
    startCamera(),
    startGstServer(),
    serveEnginePages(pageDirectory),
  ])
  const cable = new Cable(camera.port)
  const cablePort = await cable.listen()
  const origins = [pages.origin]
  const [bridge, guarded] = await Promise.all([
    createBridge({ pageDirectory, origins, streams: streamsOf(camera, gstreamer, cablePort, await freePort()) }),
    createBridge({
      origins,
      auth: { tickets: { keys: [{ secret: SECRET }] } },
      streams: { lobby: { url: camera.url, mode: 'hub' } },
    }),
  ])
  const ticket = (seconds: number) =>
    new SignJWT({ streams: ['lobby'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(new TextEncoder().encode(SECRET))
  const close = async () => {
    cable.close()
    await Promise.all([bridge.close(), guarded.close(), camera.close(), gstreamer.stop(), pages.close()])
  }
  return { bridge, guarded, pages, cable, ticket, close }
}

const streamsOf = (camera: SimulatedCamera, gstreamer: GstServer, cablePort: number, closedPort: number) => {
  const hub = (url: string) => ({ url, mode: 'hub' as const })
  const proxy = (url: string) => ({ url, mode: 'proxy' as const })
  return {
    lobby: hub(camera.url),
    recording: proxy(camera.recordingUrl),
    clock: hub(gstreamer.url('/clock-aac')),
    dual: { ...hub(gstreamer.url('/h264-1080')), substream: gstreamer.url('/clock') },
    // What becomes of its session is the player’s own.
    cable: proxy(`rtsp://127.0.0.1:${cablePort}/lobby`),
    gone: { url: `rtsp://127.0.0.1:${closedPort}/live` },
    // For the wall.
    door: hub(camera.url),
    yard: hub(camera.url),
    gate: hub(camera.url),
  }
}
