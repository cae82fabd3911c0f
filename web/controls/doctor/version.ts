/** Of package.json; a test tells when it is not. */
export const VERSION = '0.1.0'
