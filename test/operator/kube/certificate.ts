import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate of 127.0.0.1 that signs itself, and so is its own CA; both as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

/** Made anew for each test, so that no key lies in the project. */
export function createCertificate(name = 'test'): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const subject = sequence(tag(0x31, sequence(oid(0x55, 0x04, 0x03), tag(0x0c, Buffer.from(name)))));
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    subject,
    sequence(tag(0x17, Buffer.from('250101000000Z')), tag(0x17, Buffer.from('450101000000Z'))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(basicConstraints(), alternativeNames())),
  );
  const signature = sign('sha256', body, privateKey);
  return {
    cert: pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function basicConstraints(): Buffer {
  return sequence(
    oid(0x55, 0x1d, 0x13),
    tag(0x01, Buffer.from([0xff])),
    tag(0x04, sequence(tag(0x01, Buffer.from([0xff])))),
  );
}

function alternativeNames(): Buffer {
  const names = sequence(tag(0x87, Buffer.from([127, 0, 0, 1])), tag(0x82, Buffer.from('localhost')));
  return sequence(oid(0x55, 0x1d, 0x11), tag(0x04, names));
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts));
}

function oid(...bytes: number[]): Buffer {
  return tag(0x06, Buffer.from(bytes));
}

function bits(value: Buffer): Buffer {
  return tag(0x03, Buffer.concat([Buffer.from([0]), value]));
}

function tag(type: number, value: Buffer): Buffer {
  const { length } = value;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([type, ...head]), value]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
