import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { axisProxy } from '../peers/carriers.ts'
import { installPackages } from '../peers/install.ts'

/** A page that plays a camera by Axis' media-stream-library through Axis' own proxy, as its README shows it. */
export interface AxisPage {
  readonly url: string
  close(): Promise<void>
}

const LIBRARY = 'test/bench/peers/node_modules/media-stream-library/dist/media-stream-library.min.js'

export async function serveAxisPage(
  folders: { readonly root: string; readonly programs: string },
  cameraPort: number,
  mount: string,
): Promise<AxisPage> {
  installPackages(folders.root)
  const library = readFileSync(`${folders.root}/${LIBRARY}`)
  const proxy = await axisProxy.start(folders, cameraPort)
  const page = `<!doctype html><title>Axis</title><video autoplay muted></video><script src="/library.js"></script>
<script>
  const pipeline = new mediaStreamLibrary.pipelines.Html5VideoPipeline({
    ws: { uri: 'ws://127.0.0.1:${proxy.port}' },
    rtsp: { uri: 'rtsp://127.0.0.1:${cameraPort}${mount}' },
    mediaElement: document.querySelector('video'),
  })
  pipeline.ready.then(() => pipeline.rtsp.play())
</script>`
  const server = createServer((request, response) => {
    const isLibrary = request.url === '/library.js'
    response.setHeader('Content-Type', isLibrary ? 'text/javascript' : 'text/html')
    response.end(isLibrary ? library : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await proxy.stop()
    },
  }
}
