/** What anyone writes first: each read of the camera is a message to the viewer. No bounds, no backpressure. */
import { connect } from 'node:net'
import { WebSocketServer } from 'ws'
import { answer } from '../processes/calls.ts'

const calls = {
  start: ({ port, camera }: { port: number; camera: number }) => {
    new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false }).on('connection', (viewer) => {
      const upstream = connect({ host: '127.0.0.1', port: camera, noDelay: true })
      upstream.on('data', (chunk) => viewer.send(chunk))
      upstream.on('close', () => viewer.close()).on('error', () => undefined)
      viewer.on('message', (data: Buffer) => upstream.write(data))
      viewer.on('close', () => upstream.destroy()).on('error', () => undefined)
    })
  },
}

export type WsLoopCalls = typeof calls

answer(calls)
