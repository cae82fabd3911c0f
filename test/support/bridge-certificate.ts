/**
 * A certificate of the bridge that certifies itself, for `bridge.test`, `localhost` and 127.0.0.1, valid for a hundred years,
 * and its key. Good for nothing but tests: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes
 * -days 36500 -subj /CN=bridge.test -addext subjectAltName=DNS:bridge.test,DNS:localhost,IP:127.0.0.1
 */
export const BRIDGE_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBrDCCAVKgAwIBAgIUSsbVyGlX56JSC7ocOCoLclOUphwwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLYnJpZGdlLnRlc3QwIBcNMjYxMTIyMTg1NjM2WhgPMjEyNjEw
MjkxODU2MzZaMBYxFDASBgNVBAMMC2JyaWRnZS50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEb6UrTy5HEvBHbEDY1J2oWbgVUu/NtYCjLkpA8pcg3EZWELAc
TuRbvcARSI/Y2DWpcJMGr1AEfgnw8JYyXnr5nqN8MHowHQYDVR0OBBYEFLceeNN4
6sqGjUbfeVtGWhWwFcVWMB8GA1UdIwQYMBaAFLceeNN46sqGjUbfeVtGWhWwFcVW
MA8GA1UdEwEB/wQFMAMBAf8wJwYDVR0RBCAwHoILYnJpZGdlLnRlc3SCCWxvY2Fs
aG9zdIcEfwAAATAKBggqhkjOPQQDAgNIADBFAiANi5HeSiKWAcCpP4nvN4D41LaU
f250LhTFtZv8xF7KKgIhAPhjRAMG/d56F+ddCqgeyouVr2daI2PIczqLBxdh3tw4
-----END CERTIFICATE-----
`

export const BRIDGE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmHk4jYCb3YGyTokC
cmLjAmsNTsWmOeDRmOHexq2N/5KhRANCAARvpStPLkcS8EdsQNjUnahZuBVS7821
gKMuSkDylyDcRlYQsBxO5Fu9wBFIj9jYNalwkwavUAR+CfDwljJeevme
-----END PRIVATE KEY-----
`
