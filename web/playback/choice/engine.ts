/** Engines by name, for faults that cannot be found out in another way without falling into them. */

/** Firefox alone says what it will do about sound that nobody clicked for. */
export interface AutoplayPolicy {
  getAutoplayPolicy?(type: 'audiocontext'): 'allowed' | 'allowed-muted' | 'disallowed'
}

/** To be asked in the page: it is not told to workers. */
export const isFirefox = (): boolean => 'getAutoplayPolicy' in navigator

/** WebKit with GStreamer's decoders; Apple's is another matter. */
export const isWebKitGtk = (): boolean => /Linux.* AppleWebKit\/6/.test(navigator.userAgent)
