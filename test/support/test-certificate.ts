/**
 * A certificate that certifies itself, for `camera.test`, valid for a hundred years, and its key. Good for nothing but
 * tests: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=camera.test
 * -addext subjectAltName=DNS:camera.test
 */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUXD9DO+HuCUkT78+o8iLCTx9NZRcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLY2FtZXJhLnRlc3QwIBcNMjYxMTIyMTQ0NjMwWhgPMjEyNjEw
MjkxNDQ2MzBaMBYxFDASBgNVBAMMC2NhbWVyYS50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAELTSSu+koQENy2gQ1s0xKqs4dpNA6iGTldldEWCrKMlFnCVnp
QmYcbap55q4m0xqRAuJx9lUMIcZcPt699tfpr6NrMGkwHQYDVR0OBBYEFJlHIxls
W3Vs2nbcQXUvmjkgquq9MB8GA1UdIwQYMBaAFJlHIxlsW3Vs2nbcQXUvmjkgquq9
MBYGA1UdEQQPMA2CC2NhbWVyYS50ZXN0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSAAwRQIhAMN7vd5MNPsemaPqvcc7oVDv1PVd/emJ77SyInzV5OqGAiBN
rY2GEv54q52QdluT8o6ijaqZjKnHWFPxU8J+dKMYCw==
-----END CERTIFICATE-----
`

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1jOi0Zqi+LwvoDM9
H9Tkd+n1uLzwnov0+OtZTw4NrnahRANCAAQtNJK76ShAQ3LaBDWzTEqqzh2k0DqI
ZOV2V0RYKsoyUWcJWelCZhxtqnnmribTGpEC4nH2VQwhxlw+3r321+mv
-----END PRIVATE KEY-----
`
