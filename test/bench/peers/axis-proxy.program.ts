/** The proxy of Axis' media-stream-library, as its README starts it. */
import { createRequire } from 'node:module'
import { answer } from '../processes/calls.ts'

interface Library {
  readonly pipelines: {
    readonly TcpWsProxyPipeline: new (config: {
      readonly wsOptions: { readonly host: string; readonly port: number }
      readonly rtspHost: string
    }) => { readonly wss: { close(): void } }
  }
}

const calls = {
  start: ({ root, port, camera }: { root: string; port: number; camera: number }) => {
    // Written for CommonJS, and installed beside its package.json here.
    const { pipelines } = createRequire(`${root}/test/bench/peers/`)('media-stream-library') as Library
    new pipelines.TcpWsProxyPipeline({ wsOptions: { host: '127.0.0.1', port }, rtspHost: `127.0.0.1:${camera}` })
  },
}

export type AxisProxyCalls = typeof calls

answer(calls)
