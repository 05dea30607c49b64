// Tells Afterclick that an order was delivered. .NET 6 or newer, nothing to install. Call
// SendAsync from a background service or a queue worker, never inside the checkout request or a
// database transaction: with all its pauses it may take 45 minutes.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Tasks;

public static class SendToAfterclick
{
    const string Endpoint = "https://in.example.com/ds/STREAM_ID";
    static readonly double[] Pauses = { 1, 5, 30, 300, 1800 }; // seconds between the tries
    static readonly Random Random = new Random();

    // One for the whole process. A redirected POST arrives without its body.
    static readonly HttpClient Client =
        new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(10), // for each try
        };

    /// <summary>Sends the same bytes under the same name until they are stored, and returns the
    /// hit_id.</summary>
    /// <exception cref="HttpRequestException">where they are refused, or where all tries have
    /// failed: call it again later with the same arguments, nothing is stored twice</exception>
    public static async Task<string> SendAsync(string webhookId, string contentType, byte[] body)
    {
        for (var tried = 0; ; tried++)
        {
            var (status, hitId, retryAfter, said) =
                await AttemptAsync(webhookId, contentType, body);
            if (status == 200 && hitId != null)
            {
                Console.WriteLine($"{webhookId} is stored as hit {hitId}");
                return hitId;
            }
            var again = status == 0 || status == 408 || status == 429 || status >= 500;
            if (!again || tried == Pauses.Length)
            {
                throw new HttpRequestException($"{webhookId} is not stored: HTTP {status} {said}");
            }
            // 20 % more or less: not all senders at once. Never sooner than the server asks.
            var pause = Pauses[tried] * (0.8 + 0.4 * Random.NextDouble());
            var wait = Math.Max(pause, Math.Min(retryAfter, 3600));
            Console.Error.WriteLine($"{webhookId}: HTTP {status} {said}, next try in {wait:0} s");
            await Task.Delay(TimeSpan.FromSeconds(wait));
        }
    }

    static async Task<(int, string, double, string)> AttemptAsync(
        string webhookId, string contentType, byte[] body)
    {
        try
        {
            using (var request = new HttpRequestMessage(HttpMethod.Post, Endpoint))
            {
                request.Headers.Add("webhook-id", webhookId);
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
                using (var answer = await Client.SendAsync(request))
                {
                    const string name = "Afterclick-Hit-Id";
                    var named = answer.Headers.Contains(name);
                    var hitId = named ? answer.Headers.GetValues(name).First() : null;
                    var retryAfter = answer.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0;
                    var said = await answer.Content.ReadAsStringAsync();
                    return ((int)answer.StatusCode, hitId, retryAfter, said);
                }
            }
        }
        catch (Exception error)
            when (error is HttpRequestException || error is TaskCanceledException)
        {
            return (0, null, 0, "no answer: " + error.Message);
        }
    }

    // An example: order N1 was delivered.
    public static async Task Main()
    {
        var (orderId, status) = ("N1", "delivered");
        var order = new Dictionary<string, string>
        {
            ["orderId"] = orderId, ["status"] = status, ["total"] = "120.13", ["userId"] = "U1",
        };
        var changedAt = 1579478400; // when the status changed, from your database; not now
        // The id names this fact: the same in each try and after a restart of the job.
        var webhookId = $"order-{orderId}-{status}-{changedAt}";
        // Built once, and always the same bytes.
        var body = JsonSerializer.SerializeToUtf8Bytes(order);
        await SendAsync(webhookId, "application/json", body);
    }
}
