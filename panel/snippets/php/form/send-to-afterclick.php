<?php
// Tells Afterclick that an order was delivered. PHP 7.4 or newer with its curl extension,
// nothing to install. Call it from a cron job or a queue worker, never inside the checkout
// request or a database transaction: with all its pauses it may take 45 minutes.

const AFTERCLICK_ENDPOINT = 'https://in.example.com/ds/STREAM_ID';
const AFTERCLICK_TIMEOUT = 10; // seconds, for each try
const AFTERCLICK_PAUSES = [1, 5, 30, 300, 1800]; // seconds between the tries

/**
 * Sends the same bytes under the same name until they are stored, and returns the hit_id.
 *
 * @throws RuntimeException where they are refused, or where all tries have failed: call it again
 *     later with the same arguments, nothing is stored twice
 */
function sendToAfterclick(string $webhookId, string $contentType, string $body): string
{
    foreach ([...AFTERCLICK_PAUSES, null] as $pause) {
        [$status, $headers, $said] = tryAfterclick($webhookId, $contentType, $body);
        if ($status === 200 && isset($headers['afterclick-hit-id'])) {
            error_log("$webhookId is stored as hit {$headers['afterclick-hit-id']}");
            return $headers['afterclick-hit-id'];
        }
        $again = in_array($status, [0, 408, 429], true) || $status >= 500;
        if (!$again || $pause === null) {
            throw new RuntimeException("$webhookId is not stored: HTTP $status $said");
        }
        // 20 % more or less: not all senders at once. Never sooner than the server asks.
        $retryAfter = (int) ($headers['retry-after'] ?? 0);
        $wait = max($pause * random_int(80, 120) / 100, min($retryAfter, 3600));
        error_log("$webhookId: HTTP $status $said, next try in $wait s");
        usleep((int) ($wait * 1000000));
    }
}

/** @return array [status or 0 for no answer, headers by lower-case name, body or error] */
function tryAfterclick(string $webhookId, string $contentType, string $body): array
{
    $headers = [];
    $curl = curl_init(AFTERCLICK_ENDPOINT);
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => $body, // a string: an array would become multipart/form-data
        CURLOPT_HTTPHEADER => ["Content-Type: $contentType", "webhook-id: $webhookId", 'Expect:'],
        CURLOPT_TIMEOUT => AFTERCLICK_TIMEOUT,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$headers): int {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = trim($value);
            return strlen($line);
        },
    ]);
    $said = curl_exec($curl);
    if ($said === false) {
        return [0, [], 'no answer: ' . curl_error($curl)];
    }
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $headers, $said];
}

// An example: order N1 was delivered.
$order = ['orderId' => 'N1', 'status' => 'delivered', 'total' => '120.13', 'userId' => 'U1'];
$changedAt = 1579478400; // when the status changed, from your database; not now
// The id names this fact: the same in each try and after a restart of the job.
$webhookId = "order-{$order['orderId']}-{$order['status']}-$changedAt";
// Built once, and always the same bytes.
$body = http_build_query($order);
sendToAfterclick($webhookId, 'application/x-www-form-urlencoded', $body);
