# The outcry roles in a small image without a shell, run by a user who is not root.
# It holds no embedded ClickHouse: in containers the real servers are used.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /outcry ./cmd/outcry

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /outcry /usr/local/bin/outcry
COPY LICENSE NOTICE /usr/share/doc/outcry/
USER nonroot:nonroot
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/outcry"]
CMD ["--help"]
