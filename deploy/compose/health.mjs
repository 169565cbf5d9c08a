// Health check of a container: whether the service in it is ready. What listens on no port is healthy while it runs.
const { PORT } = process.env;
if (PORT) {
  const response = await fetch(`http://127.0.0.1:${PORT}/health/ready`, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) {
    console.log(await response.text());
    process.exitCode = 1;
  }
}
