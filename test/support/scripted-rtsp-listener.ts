import type { Socket } from 'node:net'
import { type Script, ScriptedRtspServer } from './scripted-rtsp-server.ts'
import { type ScriptedServerOptions, startScriptedServer } from './scripted-server.ts'

/** A scripted RTSP server on a port of 127.0.0.1: each connection runs a script of its own. */
export interface ScriptedRtspListener {
  readonly port: number
  /** In the order in which they were accepted. */
  readonly connections: readonly ScriptedRtspServer[]
  close(): Promise<void>
}

/** @param script makes the script of a connection, which may also send frames or hang up by itself. */
export async function startScriptedRtspListener(
  script: (connection: ScriptedRtspServer) => Script,
  options: Pick<ScriptedServerOptions, 'tls'> = {},
): Promise<ScriptedRtspListener> {
  const connections: ScriptedRtspServer[] = []
  const accept = (socket: Socket) => {
    const connection: ScriptedRtspServer = new ScriptedRtspServer((request, index) => answer(request, index))
    const answer = script(connection)
    connections.push(connection)
    connection.client.start({
      bytes: (chunk) => socket.write(Buffer.from(chunk)),
      closed: () => socket.end(),
    })
    socket.on('data', (chunk) => connection.client.send(chunk))
    socket.on('close', () => connection.client.close())
  }
  const { port, close } = await startScriptedServer({ ...options, onConnection: accept })
  return { port, connections, close }
}
