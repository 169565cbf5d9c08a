// Makes the bucket of ARTIFACTS_URL (s3://bucket/prefix) if it is not there.
import { Client } from 'minio';

const { ARTIFACTS_URL, S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION = 'us-east-1' } = process.env;
const bucket = new URL(ARTIFACTS_URL).hostname;
const endpoint = new URL(S3_ENDPOINT);
const client = new Client({
  endPoint: endpoint.hostname,
  port: Number(endpoint.port || (endpoint.protocol === 'https:' ? 443 : 80)),
  useSSL: endpoint.protocol === 'https:',
  accessKey: S3_ACCESS_KEY,
  secretKey: S3_SECRET_KEY,
  region: S3_REGION,
});
if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket, S3_REGION);
console.log(`The bucket ${bucket} is there.`);
