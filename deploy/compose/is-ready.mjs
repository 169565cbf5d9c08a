// The image's health check: exit code 0 when the service in this container is ready.
const { PORT = '7400' } = process.env;
const response = await fetch(`http://127.0.0.1:${PORT}/health/ready`, { signal: AbortSignal.timeout(4000) });
if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
