/** The policy of the real server: nothing inline, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page may capture sound, and nothing else. */
const PERMISSIONS = 'camera=(), geolocation=(), microphone=(self), payment=(), usb=()';

/** What every answer of the real server carries. */
export function headers() {
  return {
    'Content-Security-Policy': POLICY,
    'Permissions-Policy': PERMISSIONS,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}
