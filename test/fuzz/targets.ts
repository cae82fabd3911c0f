import { FAULTY_TARGETS } from './faulty-targets.ts'
import type { FuzzTarget } from './target.ts'
import { authentication } from './targets/authentication.ts'
import { av1Depacketizer, av1Packetizer, av1SequenceHeader } from './targets/av1.ts'
import { bridgeFirstRequest, bridgeRtspUrl } from './targets/bridge.ts'
import { base64, readers } from './targets/bytes.ts'
import { clientSession } from './targets/client.ts'
import { audioSpecificConfig, h264NalUnits, h264ParameterSets } from './targets/codec.ts'
import {
  mp4aLatmDepacketizer,
  mpaDepacketizer,
  mpaRobustDepacketizer,
  mpeg4GenericFields,
  mpegAudioFrames,
  opusDepacketizer,
  opusPacketizer,
  streamMuxConfigs,
} from './targets/compressed-sound.ts'
import { h264Depacketizer, mpeg4GenericDepacketizer } from './targets/depacketizers.ts'
import { deinterleavingBuffer, h264InterleavedDepacketizer, h264SpsRewrite } from './targets/h264.ts'
import { h265Depacketizer, h265Packetizer, h265ParameterSets } from './targets/h265.ts'
import { headers } from './targets/headers.ts'
import { jpegDepacketizer, jpegHeader, jpegPacketizer } from './targets/jpeg.ts'
import { messageParser } from './targets/message-parser.ts'
import { mp4Reader } from './targets/mp4.ts'
import { mp4vEsDepacketizer, mpeg4VisualHeaders } from './targets/mpeg4-visual.ts'
import { h264Packetizer, mpeg4GenericPacketizer } from './targets/packetizers.ts'
import { reception, reorderBuffer } from './targets/reception.ts'
import { rtcp } from './targets/rtcp.ts'
import { rtpPacket } from './targets/rtp.ts'
import { flacEncoder, g711Packetizer, sampledSoundDepacketizer } from './targets/sampled-sound.ts'
import { sdp } from './targets/sdp.ts'
import { segmenter } from './targets/segmenter.ts'
import { serverSession } from './targets/server.ts'
import { cameraAddress, httpHead } from './targets/upstream.ts'
import { uri } from './targets/uri.ts'
import { vp8Depacketizer, vp9Depacketizer, vpKeyframes } from './targets/vp.ts'

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
  h264InterleavedDepacketizer,
  deinterleavingBuffer,
  h265Depacketizer,
  mpeg4GenericDepacketizer,
  mpeg4GenericFields,
  mp4aLatmDepacketizer,
  opusDepacketizer,
  mpaDepacketizer,
  mpaRobustDepacketizer,
  jpegDepacketizer,
  av1Depacketizer,
  vp8Depacketizer,
  vp9Depacketizer,
  mp4vEsDepacketizer,
  h264Packetizer,
  h265Packetizer,
  mpeg4GenericPacketizer,
  opusPacketizer,
  jpegPacketizer,
  av1Packetizer,
  h264NalUnits,
  h264ParameterSets,
  h264SpsRewrite,
  h265ParameterSets,
  av1SequenceHeader,
  vpKeyframes,
  mpeg4VisualHeaders,
  audioSpecificConfig,
  streamMuxConfigs,
  mpegAudioFrames,
  jpegHeader,
  sampledSoundDepacketizer,
  g711Packetizer,
  flacEncoder,
  segmenter,
  mp4Reader,
  bridgeFirstRequest,
  bridgeRtspUrl,
  cameraAddress,
  httpHead,
]

/** @throws RangeError where there is none of that name */
export function targetNamed(name: string): FuzzTarget {
  const target = [...TARGETS, ...FAULTY_TARGETS].find((one) => one.name === name)
  if (!target) throw new RangeError(`there is no target ${name}: ${TARGETS.map((one) => one.name).join(', ')}`)
  return target
}
