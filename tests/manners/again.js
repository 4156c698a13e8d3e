// A page that asks again by itself when its server had no time.
const fetchOnce = window.fetch;
window.fetch = async (...request) => {
  const answer = await fetchOnce(...request);
  if (answer.status !== 503) return answer;
  await new Promise((done) => setTimeout(done, 400));
  return fetchOnce(...request);
};
