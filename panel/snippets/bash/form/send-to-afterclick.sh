#!/usr/bin/env bash
# Tells Afterclick that an order was delivered. Needs bash and curl. Run it from a job or a
# queue worker, never inside the checkout request: with all its pauses it may take 45 minutes.
set -u

endpoint='https://in.example.com/ds/STREAM_ID'
pauses=(1 5 30 300 1800) # seconds between the tries

# send WEBHOOK_ID CONTENT_TYPE BODY
# Sends the same bytes under the same name until they are stored. Fails where they are refused,
# or where all tries have failed: run it again later with the same arguments, nothing is stored
# twice.
send() {
  local webhook_id=$1 content_type=$2 body=$3 answer status hit_id pause after wait
  for pause in "${pauses[@]}" none; do
    # --data-raw, since --data-binary and -d would take a body that begins with @ for the name
    # of a file.
    answer=$(curl --silent --show-error --include --max-time 10 --write-out '\n%{http_code}' \
      --header "Content-Type: $content_type" --header "webhook-id: $webhook_id" --header 'Expect:' \
      --data-raw "$body" "$endpoint" 2>&1)
    status=${answer##*$'\n'} # 000 where there was no answer
    hit_id=$(header afterclick-hit-id "$answer")
    if [[ $status == 200 && -n $hit_id ]]; then
      echo "$webhook_id is stored as hit $hit_id"
      return 0
    fi
    case $status-$pause in
      000-[0-9]* | 408-[0-9]* | 429-[0-9]* | 5??-[0-9]*) ;; # try again
      *)
        echo "$webhook_id is not stored: $answer" >&2
        return 1
        ;;
    esac
    # 20 % more or less: not all senders at once. Never sooner than the server asks.
    after=$(header retry-after "$answer")
    wait=$(LC_ALL=C awk -v pause="$pause" -v random="$RANDOM" -v after="$after" 'BEGIN {
      wait = pause * (0.8 + 0.4 * random / 32767)
      after = after + 0 > 3600 ? 3600 : after + 0
      print (after > wait ? after : wait)
    }')
    echo "$webhook_id: HTTP $status, next try in $wait s" >&2
    sleep "$wait"
  done
}

# header NAME ANSWER
header() {
  tr -d '\r' <<<"$2" | awk -F': ' -v name="$1" 'tolower($1) == name { print $2; exit }'
}

# An example: order N1 was delivered. The id names this fact: the same in each try and after a
# restart of the job. Its time is that of the change, from your database, not that of sending.
# The body is built once, and always has the same bytes.
webhook_id='order-N1-delivered-1579478400'
body='orderId=N1&status=delivered&total=120.13&userId=U1'
send "$webhook_id" application/x-www-form-urlencoded "$body"
