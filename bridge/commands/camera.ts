import { parseArgs } from 'node:util'
import { MOUNTS } from '../simulated-camera/mount-list.ts'
import { type Command, type Running, readOptions, readPort, type Terminal } from './command.ts'
import { startSimulatedCamera } from './start-camera.ts'

const help = `rtsp-bridge camera: a simulated camera, an RTSP server that loops a clip

Usage: rtsp-bridge camera [options]

  --host HOST   address to listen on (default: 127.0.0.1)
  --port PORT   port to listen on (default: 8554)
  --file CLIP   an MP4 file for /lobby and /recording: H.264, H.265, AV1 or Motion
                JPEG, and AAC or Opus, if it likes (default: a clip with a running clock)
  --help        print this

Streams:
${MOUNTS.map(({ path, shows }) => `  ${path.padEnd(14)}${shows}`).join('\n')}

Play them with any RTSP client: ffplay rtsp://127.0.0.1:8554/lobby`

const OPTIONS = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8554' },
  file: { type: 'string' },
} as const

async function run(args: readonly string[], terminal: Terminal): Promise<Running> {
  const { values } = readOptions(() => parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }))
  const port = readPort(values.port, '--port')
  const camera = await startSimulatedCamera({
    host: values.host,
    port,
    log: terminal.print,
    ...(values.file === undefined ? {} : { file: values.file }),
  })
  terminal.print(`Camera: ${camera.url}`)
  terminal.print(`Recording: ${camera.recordingUrl}`)
  for (const { url, shows } of camera.mounts.slice(2)) terminal.print(`Also: ${url} (${shows})`)
  return camera
}

export const camera: Command = { help, run }
