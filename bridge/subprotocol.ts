/** ONVIF Streaming Specification, "RTP/RTSP over WebSocket". */
export const SUBPROTOCOL = 'rtsp.onvif.org'
