import { parseArgs } from 'node:util'
import { type Command, type Running, readOptions, readPort, type Terminal } from './command.ts'
import { startSimulatedCamera } from './start-camera.ts'

const help = `rtsp-bridge camera: a simulated camera, an RTSP server that loops a clip

Usage: rtsp-bridge camera [options]

  --host HOST   address to listen on (default: 127.0.0.1)
  --port PORT   port to listen on (default: 8554)
  --file CLIP   an MP4 file with H.264 video and, if it likes, AAC sound
                (default: a clip with a running clock)
  --help        print this

Play it with any RTSP client: ffplay rtsp://127.0.0.1:8554/lobby (live)
or ffplay rtsp://127.0.0.1:8554/recording (a recording to seek in)`

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
  return camera
}

export const camera: Command = { help, run }
