import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tells Afterclick that an order was delivered. Java 11 or newer, nothing to install. Call send
 * from a job or a queue worker, never inside the checkout request or a database transaction:
 * with all its pauses it may take 45 minutes.
 */
class SendToAfterclick {
    static final URI ENDPOINT = URI.create("https://in.example.com/ds/STREAM_ID");
    static final Duration TIMEOUT = Duration.ofSeconds(10); // for each try
    static final double[] PAUSES = {1, 5, 30, 300, 1800}; // seconds between the tries
    static final System.Logger LOG = System.getLogger("afterclick");
    static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    /**
     * Sends the same bytes under the same name until they are stored, and returns the hit_id.
     * Throws where they are refused, or where all tries have failed: call it again later with
     * the same arguments, nothing is stored twice.
     */
    static String send(String webhookId, String contentType, byte[] body)
        throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(ENDPOINT)
            .timeout(TIMEOUT)
            .header("Content-Type", contentType)
            .header("webhook-id", webhookId)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
        for (int tried = 0; ; tried++) {
            int status = 0;
            String said;
            double retryAfter = 0;
            try {
                HttpResponse<String> answer =
                    CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                String hitId = answer.headers().firstValue("Afterclick-Hit-Id").orElse("");
                status = answer.statusCode();
                if (status == 200 && !hitId.isEmpty()) {
                    LOG.log(System.Logger.Level.INFO, webhookId + " is stored as hit " + hitId);
                    return hitId;
                }
                said = answer.body();
                String after = answer.headers().firstValue("Retry-After").orElse("");
                retryAfter = after.matches("\\d{1,9}") ? Integer.parseInt(after) : 0;
            } catch (IOException error) {
                said = "no answer: " + error;
            }
            boolean again = status == 0 || status == 408 || status == 429 || status >= 500;
            if (!again || tried == PAUSES.length) {
                throw new IOException(webhookId + " is not stored: HTTP " + status + " " + said);
            }
            // 20 % more or less: not all senders at once. Never sooner than the server asks.
            double pause = PAUSES[tried] * (0.8 + 0.4 * Math.random());
            double wait = Math.max(pause, Math.min(retryAfter, 3600));
            String why = webhookId + ": HTTP " + status + " " + said;
            LOG.log(System.Logger.Level.WARNING, why + ", next try in " + Math.round(wait) + " s");
            Thread.sleep((long) (wait * 1000));
        }
    }

    /** An example: order N1 was delivered. */
    public static void main(String[] args) throws Exception {
        Map<String, String> order = new LinkedHashMap<>(); // keeps its order; Map.of would not
        order.put("orderId", "N1");
        order.put("status", "delivered");
        order.put("total", "120.13");
        order.put("userId", "U1");
        long changedAt = 1579478400; // when the status changed, from your database; not now
        // The id names this fact: the same in each try and after a restart of the job.
        String webhookId =
            "order-" + order.get("orderId") + "-" + order.get("status") + "-" + changedAt;
        // Built once, and always the same bytes.
        byte[] body = form(order).getBytes(StandardCharsets.UTF_8);
        send(webhookId, "application/x-www-form-urlencoded", body);
    }

    static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
