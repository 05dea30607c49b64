# Tells Afterclick that an order was delivered. Ruby 2.7 or newer, nothing to install. Call
# send_to_afterclick from a job or a queue worker, never inside the checkout request or a
# database transaction: with all its pauses it may take 45 minutes.
require "json"
require "logger"
require "net/http"

ENDPOINT = URI("https://in.example.com/ds/STREAM_ID")
TIMEOUT = 10 # seconds, for each try
PAUSES = [1, 5, 30, 300, 1800].freeze # seconds between the tries
LOG = Logger.new($stderr)

# Sends the same bytes under the same name until they are stored, and returns the hit_id. Raises
# where they are refused, or where all tries have failed: call it again later with the same
# arguments, nothing is stored twice.
def send_to_afterclick(webhook_id, content_type, body)
  [*PAUSES, nil].each do |pause|
    status, hit_id, retry_after, said = attempt(webhook_id, content_type, body)
    if status == 200 && hit_id
      LOG.info("#{webhook_id} is stored as hit #{hit_id}")
      return hit_id
    end
    again = [0, 408, 429].include?(status) || status >= 500
    raise "#{webhook_id} is not stored: HTTP #{status} #{said}" if !again || pause.nil?

    # 20 % more or less: not all senders at once. Never sooner than the server asks.
    wait = [pause * rand(0.8..1.2), [retry_after, 3600].min].max
    LOG.warn("#{webhook_id}: HTTP #{status} #{said}, next try in #{wait.round} s")
    sleep(wait)
  end
end

def attempt(webhook_id, content_type, body)
  headers = { "Content-Type" => content_type, "webhook-id" => webhook_id }
  request = Net::HTTP::Post.new(ENDPOINT, headers)
  request.body = body
  connection = Net::HTTP.new(ENDPOINT.host, ENDPOINT.port)
  connection.use_ssl = ENDPOINT.scheme == "https"
  connection.open_timeout = connection.read_timeout = connection.write_timeout = TIMEOUT
  answer = connection.start { connection.request(request) }
  [answer.code.to_i, answer["Afterclick-Hit-Id"], answer["Retry-After"].to_i, answer.body]
rescue SystemCallError, SocketError, IOError, Timeout::Error, OpenSSL::SSL::SSLError,
       Net::HTTPBadResponse => e
  [0, nil, 0, "no answer: #{e.message}"]
end

# An example: order N1 was delivered.
order = { "orderId" => "N1", "status" => "delivered", "total" => "120.13", "userId" => "U1" }
changed_at = 1_579_478_400 # when the status changed, from your database; not now
# The id names this fact: the same in each try and after a restart of the job.
webhook_id = "order-#{order['orderId']}-#{order['status']}-#{changed_at}"
# Built once, and always the same bytes.
body = JSON.generate(order)
send_to_afterclick(webhook_id, "application/json", body)
