/// Scripts that let a shell complete virtsh's lines, by asking `virtsh complete`.
enum CompletionScript {
    static func text(for shell: String) throws(ShellError) -> String {
        switch shell {
        case "bash": return bash
        case "zsh": return zsh
        case "fish": return fish
        default: throw ShellError("no completion script for '\(shell)', expecting 'bash', 'zsh' or 'fish'")
        }
    }

    private static let bash = #"""
        # Completion of virtsh for bash. Put it into a file that bash-completion reads, or source it.
        _virtsh() {
            local current=${COMP_WORDS[COMP_CWORD]} index=1 word
            local -a options=(-q) words=()
            # A value after `=` is a word of its own to bash; to virtsh it is not.
            local -a line=()
            local joined=0
            for ((index = 1; index <= COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                if [[ $word == = || $joined == 1 ]] && ((${#line[@]})); then
                    line[-1]+=$word
                    [[ $word == = ]] && joined=1 || joined=0
                else
                    line+=("$word")
                fi
            done
            for ((index = 0; index < ${#line[@]} - 1; index++)); do
                word=${line[index]}
                case $word in
                    -c | --connect) options+=("$word" "${line[index + 1]}"); ((index++)) ;;
                    -d | --debug | -e | --escape | -k | --keepalive-interval | -K | --keepalive-count | -l | --log | --output)
                        ((index++)) ;;
                    -r | --readonly | --connect=*) options+=("$word") ;;
                    -*) ;;
                    *) break ;;
                esac
            done
            words=("${line[@]:index}")
            local IFS=$'\n'
            if ((${#words[@]} == 1)) && [[ ${words[0]} == -* ]]; then
                COMPREPLY=($(compgen -W $'--connect\n--readonly\n--quiet\n--timing\n--output\n--help\n--version\n--escape' -- "$current"))
                return
            fi
            COMPREPLY=($("${COMP_WORDS[0]}" "${options[@]}" complete -- "${words[@]}" 2>/dev/null </dev/null))
            # Bash replaces what follows the `=` only.
            local start=${line[-1]}
            if [[ $start == --*=* && $COMP_WORDBREAKS == *=* ]]; then
                COMPREPLY=("${COMPREPLY[@]#"${start%%=*}="}")
            fi
            [[ ${COMPREPLY[0]-} == */ || ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
        }
        complete -F _virtsh virtsh

        """#

    private static let zsh = #"""
        #compdef virtsh
        # Completion of virtsh for zsh. Put it as _virtsh into a folder of $fpath, or source it after compinit.
        _virtsh() {
            local -a options=(-q) line=("${(@Q)words[2,CURRENT]}") found
            local index=1 word
            while ((index < $#line)); do
                word=$line[index]
                case $word in
                    -c | --connect) options+=("$word" "$line[index + 1]"); ((index++)) ;;
                    -d | --debug | -e | --escape | -k | --keepalive-interval | -K | --keepalive-count | -l | --log | --output)
                        ((index++)) ;;
                    -r | --readonly | --connect=*) options+=("$word") ;;
                    -*) ;;
                    *) break ;;
                esac
                ((index++))
            done
            line=("${(@)line[index,-1]}")
            if (($#line <= 1)) && [[ $line[1] == -* ]]; then
                compadd -- --connect --readonly --quiet --timing --output --help --version --escape
                return
            fi
            found=("${(@f)$("$words[1]" $options complete -- "${(@)line}" 2>/dev/null </dev/null)}")
            found=("${(@)found:#}")
            (($#found)) || return 1
            # Folders go on.
            local -a folders=("${(@M)found:#*/}") others=("${(@)found:#*/}")
            (($#others)) && compadd -Q -- "${(@q)others}"
            (($#folders)) && compadd -Q -S '' -- "${(@q)folders}"
            return 0
        }
        if [[ $funcstack[1] == _virtsh ]]; then _virtsh "$@"; else compdef _virtsh virtsh; fi

        """#

    private static let fish = #"""
        # Completion of virtsh for fish. Put it as virtsh.fish into ~/.config/fish/completions, or source it.
        function __virtsh_complete
            set -l line (commandline -opc) (commandline -ct)
            set -l program $line[1]
            set -e line[1]
            set -l options -q
            while test (count $line) -gt 1
                switch $line[1]
                    case -c --connect
                        set -a options $line[1..2]
                        set -e line[1]
                    case -d --debug -e --escape -k --keepalive-interval -K --keepalive-count -l --log --output
                        set -e line[1]
                    case -r --readonly '--connect=*'
                        set -a options $line[1]
                    case '-*'
                    case '*'
                        break
                end
                set -e line[1]
            end
            if test (count $line) -le 1; and string match -q -- '-*' "$line[1]"
                printf '%s\n' --connect --readonly --quiet --timing --output --help --version --escape
                return
            end
            $program $options complete -- $line 2>/dev/null </dev/null
        end
        complete -c virtsh -f -a '(__virtsh_complete)'

        """#
}
