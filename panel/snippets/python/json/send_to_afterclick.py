"""Tells Afterclick that an order was delivered. Python 3.8 or newer, nothing to install.

Call send() from a job or a queue worker, never inside the checkout request or a database
transaction: with all its pauses it may take 45 minutes.
"""

import http.client
import json
import logging
import random
import time
import urllib.request

ENDPOINT = "https://in.example.com/ds/STREAM_ID"
TIMEOUT = 10  # seconds, for each try
PAUSES = [1, 5, 30, 300, 1800]  # seconds between the tries

log = logging.getLogger("afterclick")


class EveryAnswer(urllib.request.HTTPErrorProcessor):
    """Takes every status as an answer, and follows no redirect: a POST would lose its body."""

    def http_response(self, request, response):
        return response

    https_response = http_response


opener = urllib.request.build_opener(EveryAnswer)


def send(webhook_id, content_type, body):
    """Sends the same bytes under the same name until they are stored, and returns the hit_id.

    Raises RuntimeError where they are refused, or where all tries have failed: call it again
    later with the same arguments, nothing is stored twice.
    """
    for pause in [*PAUSES, None]:
        status, hit_id, retry_after, said = attempt(webhook_id, content_type, body)
        if status == 200 and hit_id:
            log.info("%s is stored as hit %s", webhook_id, hit_id)
            return hit_id
        again = status in (0, 408, 429) or status >= 500
        if not again or pause is None:
            raise RuntimeError(f"{webhook_id} is not stored: HTTP {status} {said}")
        # 20 % more or less: not all senders at once. Never sooner than the server asks.
        wait = max(pause * random.uniform(0.8, 1.2), min(retry_after, 3600))
        log.warning("%s: HTTP %s %s, next try in %.0f s", webhook_id, status, said, wait)
        time.sleep(wait)


def attempt(webhook_id, content_type, body):
    headers = {"Content-Type": content_type, "webhook-id": webhook_id}
    request = urllib.request.Request(ENDPOINT, body, headers)
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            retry_after = answer.headers.get("Retry-After", "")
            return (
                answer.status,
                answer.headers.get("Afterclick-Hit-Id"),
                int(retry_after) if retry_after.isdecimal() else 0,
                answer.read(2000).decode("utf-8", "replace"),
            )
    except (OSError, http.client.HTTPException) as error:  # no answer
        return 0, None, 0, str(error)


# An example: order N1 was delivered.
if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    order = {"orderId": "N1", "status": "delivered", "total": "120.13", "userId": "U1"}
    changed_at = 1579478400  # when the status changed, from your database; not now
    # The id names this fact: the same in each try and after a restart of the job.
    webhook_id = f"order-{order['orderId']}-{order['status']}-{changed_at}"
    # Built once, and always the same bytes.
    body = json.dumps(order).encode("utf-8")
    send(webhook_id, "application/json", body)
