import { Pipeline } from './pipeline.ts'
import type { PipelineEvents, PipelineOptions } from './pipeline-interface.ts'
// What is loaded on demand elsewhere is there already.
import './rtsp/authentication.ts'
import './rtsp/status.ts'
import { allPayloadFormats } from './track/formats/payload-formats.ts'
import type { ByteTransport } from './transport/byte-transport.ts'

/** As `Pipeline`; without `formats` it reads all payload formats, and loads none: for Node, and where size is of no account. */
export class PipelineOfAllFormats extends Pipeline {
  /** @throws ProtocolError `invalid-url` */
  constructor(
    transport: ByteTransport,
    options: Omit<PipelineOptions, 'formats'> & Partial<PipelineOptions>,
    events: PipelineEvents,
  ) {
    super(transport, { ...options, formats: options.formats ?? allPayloadFormats }, events)
  }
}
