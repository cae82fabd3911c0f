import { FAULTY_TARGETS } from './faulty-targets.ts'
import type { FuzzTarget } from './target.ts'
import { authentication } from './targets/authentication.ts'
import { bridgeFirstRequest, bridgeRtspUrl } from './targets/bridge.ts'
import { base64, readers } from './targets/bytes.ts'
import { clientSession } from './targets/client.ts'
import { audioSpecificConfig, h264NalUnits, h264ParameterSets } from './targets/codec.ts'
import { h264Depacketizer, mpeg4GenericDepacketizer } from './targets/depacketizers.ts'
import { headers } from './targets/headers.ts'
import { messageParser } from './targets/message-parser.ts'
import { mp4Reader } from './targets/mp4.ts'
import { h264Packetizer, mpeg4GenericPacketizer } from './targets/packetizers.ts'
import { reception, reorderBuffer } from './targets/reception.ts'
import { rtcp } from './targets/rtcp.ts'
import { rtpPacket } from './targets/rtp.ts'
import { sdp } from './targets/sdp.ts'
import { segmenter } from './targets/segmenter.ts'
import { serverSession } from './targets/server.ts'
import { uri } from './targets/uri.ts'

/** In the order of the data's path. */
export const TARGETS: readonly FuzzTarget[] = [
  base64,
  readers,
  messageParser,
  ...headers,
  uri,
  authentication,
  clientSession,
  serverSession,
  sdp,
  rtpPacket,
  rtcp,
  reception,
  reorderBuffer,
  h264Depacketizer,
  mpeg4GenericDepacketizer,
  h264Packetizer,
  mpeg4GenericPacketizer,
  h264NalUnits,
  h264ParameterSets,
  audioSpecificConfig,
  segmenter,
  mp4Reader,
  bridgeFirstRequest,
  bridgeRtspUrl,
]

/** @throws RangeError where there is none of that name */
export function targetNamed(name: string): FuzzTarget {
  const target = [...TARGETS, ...FAULTY_TARGETS].find((one) => one.name === name)
  if (!target) throw new RangeError(`there is no target ${name}: ${TARGETS.map((one) => one.name).join(', ')}`)
  return target
}
